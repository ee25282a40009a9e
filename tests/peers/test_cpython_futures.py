"""CPython's tests of concurrent.futures, with Braid's executors in place of theirs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from listed_differences import ROOT, judge, table

HERE = Path(__file__).resolve().parent
PACKAGE = Path(os.environ.get("BRAID_PACKAGE", ROOT / "build" / "release" / "python"))
SUITE = ROOT / "build" / "peers"

# What the names of the test classes begin with, for each kind of executor.
KINDS = {
    "threads": "ThreadPool",
    "fork": "ProcessPoolFork",
    "forkserver": "ProcessPoolForkserver",
    "spawn": "ProcessPoolSpawn",
}


def listed_for(kind):
    return [
        name
        for name, kinds in table("CPython's")
        if kind in kinds or (kinds == "processes" and kind != "threads")
    ]


def plain(name, kind):
    """The name without the kind of the executor."""
    return name[len(KINDS[kind]) :] if name.startswith(KINDS[kind]) else name


@pytest.mark.timeout(400)
def test_they_pass_on_braid():
    """All kinds at once: most of the time they sleep."""
    assert (SUITE / "test" / "test_concurrent_futures.py").is_file(), "run tools/fetch_peers"
    running = {
        kind: subprocess.Popen(
            [sys.executable, str(HERE / "run_futures_suite.py"), str(SUITE), kind],
            env={**os.environ, "PYTHONPATH": str(PACKAGE)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for kind in KINDS
    }
    problems = {}
    tests = 0
    try:
        for kind, program in running.items():
            out, said = program.communicate(timeout=380)
            assert program.returncode == 0, said
            found = json.loads(out.splitlines()[-1])
            outcomes = {plain(name, kind): text for name, text in found["outcomes"].items()}
            tests += len(outcomes)
            unlisted, idle = judge(outcomes, listed_for(kind))
            if unlisted or idle:
                problems[kind] = (unlisted, idle)
            assert found["ended"] > 100
            assert found["items"] >= found["ended"]
    finally:
        for program in running.values():
            program.kill()
    report = "\n".join(
        f"{kind}: {name}\n{text}"
        for kind, (unlisted, _) in problems.items()
        for name, text in unlisted.items()
    )
    assert not report, report
    assert not problems, "listed in docs/peers.md, and pass"
    assert tests > 200
