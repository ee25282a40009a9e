"""Braid's trees against CPython's ast module, with every interpreter found, on samples of the
corpora of ast_corpora.py (which, run without --every, compares all of them).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAMPLE = {"library": 10, "line-ends": 10, "names": 20, "random": 20, "mutated": 20}


def print_syntax():
    braid = os.environ.get("BRAID", str(ROOT / "build" / "release" / "bin" / "braid"))
    return Path(braid).parent / "print_syntax"


def interpreters():
    """One command of each version from 3.9 on."""
    found = {}
    places = [Path(sys.executable), *sorted(Path.home().glob(".pyenv/versions/*/bin/python3"))]
    places += [Path(f"/usr/bin/python3.{minor}") for minor in range(9, 30)]
    for place in places:
        if not place.exists():
            continue
        probe = "import sys; print('{}.{}'.format(*sys.version_info[:2]))"
        out = subprocess.run([place, "-c", probe], stdout=subprocess.PIPE, text=True, check=False)
        version = out.stdout.strip()
        if version and tuple(map(int, version.split("."))) >= (3, 9):
            found.setdefault(version, place)
    return found


INTERPRETERS = interpreters()


def test_the_installed_python_is_among_them():
    assert "3.11" in INTERPRETERS


@pytest.mark.parametrize("version", INTERPRETERS)
@pytest.mark.parametrize("corpus", SAMPLE)
def test_trees_agree_with_ast(version, corpus):
    command = [INTERPRETERS[version], HERE / "ast_corpora.py", print_syntax(), corpus]
    command += ["--every", str(SAMPLE[corpus])]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout
