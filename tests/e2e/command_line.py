"""Runs the binary as a user does."""

import importlib.util
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BRAID = os.environ.get("BRAID", str(ROOT / "build" / "release" / "bin" / "braid"))

PACKAGE = os.environ.get("BRAID_PACKAGE", str(ROOT / "build" / "release" / "python"))

LOOP = """\
import requests

def main():
    for page in range(1, 33):
        answer = requests.get(f"http://127.0.0.1/{page}")
        print(page, answer.status_code)

main()
"""


def environment(**more):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


def libraries(folder, *names):
    """A folder in which these packages of this interpreter are found."""
    place = pathlib.Path(folder) / "libraries"
    place.mkdir()
    for name in names:
        package = pathlib.Path(importlib.util.find_spec(name).origin).parent
        (place / name).symlink_to(package)
    return str(place)


def environment_with_braid(folder):
    """One in which every interpreter has Braid's package."""
    return environment(PYTHONPATH=os.pathsep.join([PACKAGE, libraries(folder, "cloudpickle")]))


def environment_with_joblib(folder):
    """One in which every interpreter has joblib."""
    return environment(PYTHONPATH=libraries(folder, "joblib", "cloudpickle"))


def braid(*words, cwd=None, stdin=b"", text=True, env=None, timeout=300):
    """Runs braid; its answer has returncode, stdout and stderr."""
    answer = subprocess.run(
        [BRAID, *map(str, words)],
        cwd=cwd,
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        capture_output=True,
        env=env or environment(),
        timeout=timeout,
        check=False,
    )
    if text:
        answer.stdout = answer.stdout.decode("utf-8", "surrogateescape")
        answer.stderr = answer.stderr.decode("utf-8", "surrogateescape")
    return answer


def check_json(*words, **how):
    """(exit status, the document)."""
    answer = braid("check", "--format", "json", *words, **how)
    return answer.returncode, json.loads(answer.stdout)
