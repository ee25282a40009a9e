"""`verify` is killed at any moment: the user's files stay, no process and no mount is left.

VERIFY_KILLS is the number of moments for each way to run (100 is the full bar).
"""

import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time

import pytest
from verify_room import Folder, Mark, mounts, snapshot

KILLS = int(os.environ.get("VERIFY_KILLS", "6"))

# Writes wherever it can, starts processes that outlive it and hide in sessions of their own.
RESTLESS = """import os, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            with open(os.path.join(here, "daemon.txt"), "a") as file:
                file.write("x")
            time.sleep(0.01)
    os._exit(0)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
for n in range(40):
    with open(os.path.join(here, "data", f"{n}.txt"), "w") as file:
        file.write(str(n))
    with open(os.path.join(here, "kept.txt"), "a") as file:
        file.write("more")
    os.chmod(os.path.join(here, "kept.txt"), 0o600 if n % 2 else 0o644)
    if n == 5:
        os.remove(os.path.join(here, "gone.txt"))
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"temporary")
    time.sleep(0.01)
print("end")
"""
PARALLEL = (
    "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(1).submit(id, 1)\n"
)
NOBODY = 65534


def ways():
    yield pytest.param(None, "overlay", id="as the user who runs the tests")
    if os.geteuid() == 0:
        yield pytest.param(NOBODY, "overlay", id="without privileges")
        yield pytest.param(NOBODY, "copy", id="without privileges and namespaces")
    yield pytest.param(None, "copy", id="without namespaces")


@pytest.mark.parametrize(("user", "sandbox"), list(ways()))
def test_killed_at_any_moment(user, sandbox):
    moments = random.Random(7)
    with Folder(user) as folder, tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        os.chmod(scratch, 0o777)
        folder.write("kept.txt", "kept")
        folder.write("gone.txt", "still here")
        folder.write("data/0.txt", "old")
        if user is not None:
            os.chown(folder.path / "data", user, user)
        folder.write("script.py", RESTLESS)
        folder.write("rewritten.txt", RESTLESS + PARALLEL)
        before, mounted = snapshot(folder.path), mounts()
        for _ in range(KILLS):
            mark = Mark()
            process = subprocess.Popen(
                folder.command("--sandbox", sandbox, "script.py", "rewritten.txt"),
                cwd=folder.path,
                env=folder.environment(TMPDIR=scratch, **{mark.name: mark.value}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(moments.uniform(0, 1.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert mark.gone() == []
            assert snapshot(folder.path) == before
            assert [line for line in mounts() if "braid" in line or str(folder.path) in line] == [
                line for line in mounted if "braid" in line or str(folder.path) in line
            ]
        # A kill between two system calls may leave a private folder, which is swept next time.
        folder.verify("print(1)\n", "print(1)\n\n", "--quick", "--sandbox", "copy", TMPDIR=scratch)
        assert os.listdir(scratch) == []


def test_interrupt_ends_everything():
    with Folder() as folder:
        folder.write("script.py", "import time\nprint(1, flush=True)\ntime.sleep(600)\n")
        folder.write("rewritten.txt", "print(2)\n")
        mark = Mark()
        process = subprocess.Popen(
            folder.command("script.py", "rewritten.txt"),
            cwd=folder.path,
            env=folder.environment(**{mark.name: mark.value}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.7)
        assert len(mark.processes()) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait() == -signal.SIGINT
        assert mark.gone() == []


def test_supervisor_killed():
    """Somebody ends the process in between: that is an answer, and nothing is left."""
    with Folder() as folder:
        folder.write("script.py", "import time\ntime.sleep(600)\n")
        folder.write("rewritten.txt", "print(2)\n")
        for sandbox in ("overlay", "copy"):
            mark = Mark()
            process = subprocess.Popen(
                folder.command("--sandbox", sandbox, "script.py", "rewritten.txt"),
                cwd=folder.path,
                env=folder.environment(**{mark.name: mark.value}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            time.sleep(1.0)
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            os.kill(int(children.split()[0]), signal.SIGKILL)
            text = process.communicate(timeout=60)[0].decode()
            assert process.returncode == 3, text
            assert "supervisor was killed" in text
            assert mark.gone() == []
