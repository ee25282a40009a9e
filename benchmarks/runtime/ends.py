"""The bars about ends: Ctrl-C, the parent's death, faults, journals; one JSON row for each."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

import braid
import test_ends
import test_journal
import test_phases
from rows import rounds, row
from runtime_places import PACKAGE
from test_errors import TwoArguments

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE)}
STUCK = """
import braid
phase()
braid.map(sum, [range(10**12)] * 4, {options})
"""


def gone_after(session, began, limit=5.0):
    """Seconds until nothing of the session is left."""
    while test_ends.descendants_of(session) and time.monotonic() - began < limit:
        time.sleep(0.005)
    return time.monotonic() - began


def interrupted(folder, body, longest, dice):
    """(seconds until all is gone, whether there was one clean traceback)."""
    program = test_phases.start(folder, body)
    time.sleep(dice.random() * longest)
    began = time.monotonic()
    program.send_signal(signal.SIGINT)
    try:
        _, said = program.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        program.kill()
        return 20.0, False
    took = gone_after(program.pid, began)
    tracebacks = said.count("Traceback") - said.count("During handling of")
    clean = tracebacks == 1 and said.rstrip().endswith("KeyboardInterrupt")
    return took, clean and program.returncode == -signal.SIGINT


def interrupts():
    dice = random.Random(3)
    times = rounds(100)
    places = {**test_phases.PHASES, "stuck in C": (STUCK, 0.3)}
    for name, (body, longest) in places.items():
        limit = 1.0 if name == "stuck in C" else 0.2
        for kind in ("forkserver", "threads"):
            if kind == "threads" and name in ("stuck in C", "pickling"):
                continue
            with tempfile.TemporaryDirectory() as folder:
                text = body.format(options=test_phases.KINDS[kind])
                found = [
                    interrupted(pathlib.Path(folder), text, longest, dice) for _ in range(times)
                ]
            slow = sum(took > limit for took, _ in found)
            clean = sum(clean for _, clean in found)
            longest_took = max(took for took, _ in found)
            said = (
                f"{clean} of {times} with one traceback, {slow} later than that, the last after "
                f"{longest_took:.2f} s"
            )
            row(f"Ctrl-C in {name}, {kind}, 100 times", f"one traceback, all gone in {limit} s",
                said, clean == times and slow == 0)  # fmt: skip


def parents_death():
    dice = random.Random(11)
    times = rounds(50)
    before = test_phases.shared_memory()
    late, longest = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(times):
            body = test_phases.BUSY.format(options=test_phases.KINDS["forkserver"])
            program = test_phases.start(pathlib.Path(folder), body)
            time.sleep(dice.random() * 0.5)
            began = time.monotonic()
            program.kill()
            program.communicate(timeout=20)
            took = gone_after(program.pid, began)
            late += took > 0.5
            longest = max(longest, took)
    time.sleep(0.2)
    more = (test_phases.shared_memory() - before) / 2**20
    said = (
        f"{times - late} of {times} in time, the last after {longest:.2f} s, "
        f"{more:+.0f} MB of the machine's shared memory"
    )
    row("kill -9 of the parent at 50 random instants",
        "no worker, no grandchild after 0.5 s; shared memory back", said,
        late == 0 and more < 8)  # fmt: skip


def journals():
    dice = random.Random(7)
    times = rounds(100)
    with tempfile.TemporaryDirectory() as folder:
        out, path, program = f"{folder}/out", f"{folder}/run.db", f"{folder}/program.py"
        text = test_journal.PROGRAM.format(out=out, path=path)
        pathlib.Path(program).write_text(text, encoding="ascii")
        for _ in range(times):
            running = subprocess.Popen([sys.executable, program], env=ENVIRONMENT)
            time.sleep(0.05 + dice.random() * 0.4)
            running.kill()
            running.wait(20)
            if pathlib.Path(out).exists() and dice.random() < 0.2:
                os.unlink(path)  # a fresh run every now and then, so that all of it is hit
        done = subprocess.run([sys.executable, program], env=ENVIRONMENT, check=False, timeout=60)
        same = pathlib.Path(out).read_text(encoding="ascii") == "".join(
            f"{n * n}\n" for n in range(300)
        )
    said = f"{times} kills, status {done.returncode}, output {'the same' if same else 'DIFFERENT'}"
    row("a journal: kill -9 at 100 instants", "output byte-identical", said,
        same and done.returncode == 0)  # fmt: skip


def fail_plainly(number):
    if number == 50:
        os.write(MARK[1], b"x")
        raise ValueError(number)
    return number


def fail_with_two(number):
    if number == 50:
        os.write(MARK[1], b"x")
        raise TwoArguments("one", number)
    return number


def die(number):
    if number == 50:
        os.write(MARK[1], b"x")
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def crash(number):
    if number == 50:
        import ctypes

        os.write(MARK[1], b"x")
        ctypes.string_at(0)
    return number


def leave(number):
    if number == 50:
        os.write(MARK[1], b"x")
        os._exit(3)
    return number


def lock(number):
    if number == 50:
        os.write(MARK[1], b"x")
        return threading.Lock()
    return number


MARK = os.pipe()


def inputs():
    yield from range(50)
    os.write(MARK[1], b"x")
    raise KeyError("input")


def faults():
    """Each line of the table: the right error, 0.1 s after the fault, and the next call right."""
    cases = [
        ("plain exception", fail_plainly, None, ValueError),
        ("exception of two arguments", fail_with_two, None, TwoArguments),
        ("worker killed", die, None, braid.WorkerDied),
        ("segmentation fault", crash, None, braid.WorkerDied),
        ("os._exit", leave, None, braid.WorkerDied),
        ("result that does not pickle", lock, None, braid.NotPicklable),
        ("input iterator raises", abs, inputs, KeyError),
    ]
    for name, function, source, kind in cases:
        worst, right = 0.0, 0
        times = rounds(20)
        with braid.Runner(backend="processes", workers=2, start_method="fork") as runner:
            runner.map(abs, range(100))
            for _ in range(times):
                arrived = threading.Event()
                moment = [0.0]

                def watch(moment=moment, arrived=arrived):
                    os.read(MARK[0], 1)
                    moment[0] = time.perf_counter()
                    arrived.set()

                watcher = threading.Thread(target=watch)
                watcher.start()
                good = False
                try:
                    runner.map(function, source() if source else range(100))
                except kind as error:
                    ended = time.perf_counter()
                    info = braid.error_info(error)
                    good = source is not None or (info is not None and info.index == 50)
                arrived.wait(10)
                watcher.join()
                worst = max(worst, ended - moment[0])
                good = good and runner.map(abs, range(100)) == list(range(100))
                right += good
        said = f"{right} of {times} right, at most {worst * 1000:.0f} ms after the fault"
        row(f"G9: {name}", "the right error within 100 ms, the next call right", said,
            right == times and worst <= 0.1)  # fmt: skip


def main():
    faults()
    interrupts()
    parents_death()
    journals()


if __name__ == "__main__":
    main()
