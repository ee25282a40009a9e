"""Ctrl-C and the parent's death at any instant of a call, in each of its phases."""

import os
import random
import signal
import subprocess
import sys
import time

import braid
import pytest
from runtime_places import FULL, PACKAGE
from test_ends import wait_until_gone

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE)}

# Each says when its phase begins, and how long it may last at most.
PROGRAM = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
def phase():
    os.write(1, b"begun\\n")
{body}
os.write(1, b"ended\\n")
"""

PHASES = {
    "import": (
        """
phase()
import braid
braid.map, braid.Runner, braid.ProcessPoolExecutor
time.sleep(5)
""",
        0.1,
    ),
    "start": (
        """
import braid
phase()
braid.map(time.sleep, [0.01] * 1000, {options})
""",
        0.1,
    ),
    "pickling": (
        """
import braid
class Slow:
    def __getstate__(self):
        time.sleep(0.002)
        return {{}}
items = [Slow() for _ in range(3000)]
braid.map(abs, range(9), {options})
phase()
braid.map(id, items, {options})
""",
        0.3,
    ),
    "wait": (
        """
import braid
braid.map(abs, range(9), {options})
phase()
braid.map(time.sleep, [5.0] * 4, {options})
""",
        0.3,
    ),
    "slow consumer": (
        """
import braid
phase()
for _ in braid.imap(abs, range(100_000), {options}):
    time.sleep(0.01)
""",
        0.3,
    ),
    "exit": (
        """
import braid
while True:
    with braid.Runner({options}) as runner:
        runner.map(abs, range(100))
        phase()
""",
        0.1,
    ),
}

KINDS = {
    "forkserver": "backend='processes', workers=2",
    "fork": "backend='processes', workers=2, start_method='fork'",
    "threads": "backend='threads', workers=2",
}


def start(tmp_path, body):
    """The program, in the phase."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(body=body), encoding="utf-8")
    program = subprocess.Popen(
        [sys.executable, str(path)],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout.readline() == "begun\n"
    return program


CASES = [
    (name, kind) for name in PHASES for kind in KINDS if (name, kind) != ("pickling", "threads")
]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_ctrl_c_in_each_phase(tmp_path, name, kind):
    body, longest = PHASES[name]
    dice = random.Random(name + kind)
    for _ in range(100 if FULL else 2):
        program = start(tmp_path, body.format(options=KINDS[kind]))
        try:
            time.sleep(dice.random() * longest)
            program.send_signal(signal.SIGINT)
            try:
                out, said = program.communicate(timeout=15)
            except subprocess.TimeoutExpired:
                # CPython drops an interrupt that comes while a weak reference's callback runs.
                program.send_signal(signal.SIGINT)
                out, said = program.communicate(timeout=30)
                assert "Exception ignored in" in said
                said = said[said.rindex("Traceback") :]
        finally:
            program.kill()
        assert "ended" not in out
        # One report; the standard library may have been handling an error of its own just then.
        assert said.count("Traceback") - said.count("During handling of") == 1, said
        assert said.rstrip().endswith("KeyboardInterrupt"), said
        assert program.returncode == -signal.SIGINT
        assert wait_until_gone(program.pid) == []


def shared_memory():
    """Bytes of shared memory in use on this machine."""
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("Shmem:"):
                return int(line.split()[1]) * 1024
    raise AssertionError("no Shmem in /proc/meminfo")


BUSY = """
import braid, subprocess
def work(number):
    if number % 5 == 0:
        subprocess.run(["sleep", "60"] if number == 50 else ["true"])
    return bytes(1 << 20)
phase()
for _ in range(1000):
    for _ in braid.imap(work, range(100), {options}):
        pass
"""


@pytest.mark.parametrize("kind", ["forkserver", "fork"])
def test_the_parent_is_killed_at_any_instant(tmp_path, kind):
    """No worker and no child of a worker is left, and no shared memory."""
    dice = random.Random(kind)
    before = shared_memory()
    names = set(os.listdir("/dev/shm"))
    for _ in range(50 if FULL else 3):
        program = start(tmp_path, BUSY.format(options=KINDS[kind]))
        time.sleep(dice.random() * 0.5)
        program.kill()
        program.communicate(timeout=30)
        assert wait_until_gone(program.pid) == []
    until = time.monotonic() + 5
    while shared_memory() > before + (64 << 20) and time.monotonic() < until:
        time.sleep(0.05)
    assert shared_memory() <= before + (64 << 20)  # others may use some meanwhile
    assert {name for name in os.listdir("/dev/shm") if "braid" in name} <= names


def test_a_closed_runner_leaves_no_callbacks():
    from braid import _links, _pools

    before = len(_pools._caches)
    with braid.Runner(backend="processes", workers=1) as runner:
        assert runner.map(abs, [-1]) == [1]
        (pool,) = (pool for pools in runner._keeper.idle.values() for pool in pools)
        assert len(_pools._caches) == before + 1
        link = pool.link
        assert link.socket in _links._sockets
    # One that runs in Python when they die would swallow a Ctrl-C that comes just then.
    assert len(_pools._caches) == before
    assert pool not in _pools._open
    assert link.socket not in _links._sockets
