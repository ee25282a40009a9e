"""Braid's scopes against CPython's symtable module, on every interpreter found: each compares on
its own standard library, on the programs in its string literals, and on random programs.

Every scope, symbol and flag is compared (symtable_comparison.py). Files that CPython compiles and
Braid's grammar cannot parse are counted and may be at most 0.2 %.
"""

import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
VERSIONS = [(3, minor) for minor in range(9, 14)]  # 3.14 opens scopes for annotations


def find_interpreters():
    """One of each version, from PATH and pyenv."""
    places = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    candidates = [place / "python3" for place in places]
    candidates += [place / f"python3.{minor}" for _, minor in VERSIONS for place in places]
    candidates += sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    found = {}
    for candidate in candidates:
        if not os.access(candidate, os.X_OK):
            continue
        print_version = "import sys; print(*sys.version_info[:2])"
        answer = subprocess.run(
            [candidate, "-c", print_version], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        if answer.returncode == 0:
            found.setdefault(tuple(map(int, answer.stdout.split())), str(candidate))
    return {f"3.{minor}": found[3, minor] for _, minor in VERSIONS if (3, minor) in found}


INTERPRETERS = find_interpreters()


def print_scopes():
    """Built beside braid."""
    braid = Path(os.environ.get("BRAID", HERE.parents[1] / "build" / "release" / "bin" / "braid"))
    return braid.parent / "print_scopes"


def test_the_installed_python_is_among_them():
    assert "3.11" in INTERPRETERS


@pytest.mark.parametrize("version", INTERPRETERS)
@pytest.mark.parametrize("corpus", ["library", "strings", "random"])
def test_scopes_agree_with_symtable(version, corpus):
    command = [INTERPRETERS[version], HERE / "symtable_comparison.py", print_scopes(), corpus]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout
