"""joblib's tests of Parallel, with Braid in place of its front end, and of its workers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from listed_differences import ROOT, judge, table

HERE = Path(__file__).resolve().parent
PACKAGE = Path(os.environ.get("BRAID_PACKAGE", ROOT / "build" / "release" / "python"))
PARTS = 2

# mode → (the heading of its table, what is left out of the run; the page says why)
MODES = {
    "backend": (
        "joblib's `test_parallel`, Braid as the backend",
        "not multiprocessing and not threading and not sequential",
    ),
    "front": (
        "joblib's `test_parallel`, Braid as the front end",
        "not back_compat and not multiprocessing and not (threading and "
        "(abort or managed or fastest_first or separated_gc or deadlock or timeout))",
    ),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", MODES)
def test_they_pass_on_braid(mode, tmp_path):
    heading, wanted = MODES[mode]
    running = []
    for part in range(PARTS):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(PACKAGE), str(HERE)]),
            "BRAID_AS": mode,
            "BRAID_PART": f"{part}/{PARTS}",
            "BRAID_OUTCOMES": str(tmp_path / str(part)),
        }
        for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "pytest", "-p", "substitute_joblib", "--pyargs"]
        command += ["joblib.test.test_parallel", "-k", wanted, "-q", "-W", "ignore"]
        command += ["-p", "no:cacheprovider", "--timeout", "120"]
        running.append(
            subprocess.Popen(
                command,
                cwd=tmp_path,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        )
    outcomes = {}
    try:
        for part, program in enumerate(running):
            said, _ = program.communicate(timeout=570)
            assert (tmp_path / str(part)).is_file(), said[-3000:]
            found = json.loads((tmp_path / str(part)).read_text(encoding="utf-8"))
            outcomes.update(found["outcomes"])
            assert found["ended"] > 100
            assert found["items"] >= found["ended"]
    finally:
        for program in running:
            program.kill()
    unlisted, idle = judge(outcomes, [name for name, _ in table(heading)])
    report = "\n".join(f"{name}\n{text}" for name, text in unlisted.items())
    assert not report, report
    assert not idle, "listed in docs/peers.md, and pass"
    assert len(outcomes) > 300
