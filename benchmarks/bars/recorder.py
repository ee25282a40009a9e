"""Conflicts between iterations that happened, on goldens, examples and small worlds."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
os.environ.setdefault(
    "BRAID_WORLD_DRIVER", str(pathlib.Path(os.environ["BRAID"]).parent / "world_driver")
)
answer = subprocess.run(
    [sys.executable, "-m", "pytest", "-q", "tests/small_world/test_recorder.py"],
    cwd=ROOT,
    stdout=subprocess.PIPE,
    text=True,
    check=False,
)
last = (answer.stdout.strip().splitlines() or ["nothing"])[-1].strip("= ")
row = {
    "bar": "goldens, examples and small worlds: conflicts that the static graph lacks",
    "want": "none",
    "got": "none" if answer.returncode == 0 else "some",
    "met": answer.returncode == 0,
}
print(json.dumps(row))
print(json.dumps({"bar": "scripts, and a sample of worlds", "want": "", "got": last, "met": None}))
