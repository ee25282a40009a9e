"""The tests of `import braid`, on the package of the build tree. None of them may hang: each has a
minute, and what it starts has less."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from runtime_places import FULL, PACKAGE  # noqa: E402

sys.path.insert(0, str(PACKAGE))


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(600 if FULL else 60))


BACKENDS = {
    "serial": {"backend": "serial"},
    "threads": {"backend": "threads", "workers": 2},
    "forkserver": {"backend": "processes", "workers": 2},
    "fork": {"backend": "processes", "workers": 2, "start_method": "fork"},
    "spawn": {"backend": "processes", "workers": 2, "start_method": "spawn"},
}


@pytest.fixture(params=list(BACKENDS))
def backend(request):
    """The options that choose one backend and start method."""
    return dict(BACKENDS[request.param])


@pytest.fixture(params=["forkserver", "fork", "spawn"])
def processes(request):
    """The same, for those that are processes."""
    return dict(BACKENDS[request.param])


@pytest.fixture
def script(tmp_path):
    """Runs a program in a fresh interpreter: (exit status, stdout, stderr)."""

    def run(text, *, limit=30, **options):
        options.setdefault("stdin", subprocess.DEVNULL) if "input" not in options else None
        path = tmp_path / "program.py"
        path.write_text(text, encoding="utf-8")
        options.setdefault("env", {**os.environ, "PYTHONPATH": str(PACKAGE)})
        done = subprocess.run(
            [sys.executable, str(path)],
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
            **options,
        )
        return done.returncode, done.stdout, done.stderr

    return run
