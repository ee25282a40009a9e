"""The engine on every interpreter that it was built for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from runtime_places import PACKAGE

PROGRAM = """
import asyncio, os, signal, sys, tempfile
import braid
OFFSET = 1
def work(n):
    if n == 77 and braid.worker_id() is not None and os.environ.get("DIE"):
        os.kill(os.getpid(), signal.SIGKILL)
    return n + OFFSET
async def later(n):
    await asyncio.sleep(0)
    return n + OFFSET
expected = [n + 1 for n in range(200)]
for options in (
    dict(backend="serial"),
    dict(backend="threads", workers=2),
    dict(backend="processes", workers=2),
    dict(backend="processes", workers=2, start_method="fork"),
    dict(backend="processes", workers=2, start_method="spawn"),
    dict(),
):
    assert braid.map(work, range(200), **options) == expected, options
    assert list(braid.imap(work, iter(range(200)), **options)) == expected, options
assert braid.map(later, range(200)) == expected
assert asyncio.run(braid.amap(later, range(200))) == expected
os.environ["DIE"] = "1"
try:
    braid.map(lambda n: os.kill(os.getpid(), 9) if n == 77 else n, range(200),
              backend="processes", workers=2)
except braid.WorkerDied as error:
    assert (error.index, error.signal) == (77, 9)
else:
    raise AssertionError("nobody died")
with braid.ProcessPoolExecutor(2) as pool, braid.ThreadPoolExecutor(2) as threads:
    assert list(pool.map(abs, range(50))) == list(range(50))
    assert list(threads.map(abs, range(50))) == list(range(50))
assert braid.Parallel(n_jobs=2)(braid.delayed(pow)(n, 2) for n in range(5)) == [0, 1, 4, 9, 16]
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "run.db")
    assert braid.map(abs, range(9), journal=path, backend="threads") == list(range(9))
big = bytearray(300_000)
assert [len(x) for x in braid.map(lambda n: bytes(big) * n, range(3), backend="processes")] == [
    0, 300_000, 600_000]
braid.shutdown()
print("good", sys.version_info[:2])
"""


def interpreters():
    """Those whose module lies in the build tree."""
    found = {}
    candidates = [Path(sys.executable), Path("/usr/bin/python3")]
    candidates += sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    for candidate in candidates:
        if not candidate.exists():
            continue
        text = "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
        asked = subprocess.run(
            [str(candidate), "-c", text], capture_output=True, text=True, check=False, timeout=30
        )
        suffix = asked.stdout.strip()
        if suffix and (PACKAGE / "braid" / f"_engine{suffix}").exists():
            found.setdefault(suffix.split(".")[1], candidate)
    return found


@pytest.mark.parametrize("name", sorted(interpreters()))
def test_everything_works_on(name, tmp_path):
    import cloudpickle

    shutil.copytree(Path(cloudpickle.__file__).parent, tmp_path / "cloudpickle")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [str(interpreters()[name]), "-W", "error", str(program)],
        env={**os.environ, "PYTHONPATH": f"{PACKAGE}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("good")
    assert done.stderr == ""


def test_there_is_at_least_this_one():
    assert interpreters()
