"""The bars of the contract: balance, deaths, frugality, memory, `auto`; one JSON row for each."""

import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import braid
from braid import _links
from compare import calibrate, nap, spin
from rows import PART, at_most, memory_of, rounds, row, skipped
from test_frugality import pids_of, processor_ns, resident
from test_storms import faulty

EMPTY, LONG, SECONDS = 20_000, 8, 0.5


def same(number):
    return number


def timed(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def makespan():
    """20,000 empty items and 8 of half a second: first, last, in the middle."""
    for workers in (2, 8):
        bound = LONG * SECONDS / workers
        with braid.Runner(backend="processes", workers=workers) as runner:
            runner.map(nap, [0.0] * 1000)
            for place, before in (("last", EMPTY), ("first", 0), ("in the middle", EMPTY // 2)):
                items = [0.0] * before + [SECONDS] * LONG + [0.0] * (EMPTY - before)
                took = statistics.median(
                    timed(lambda items=items: runner.map(nap, items)) for _ in range(rounds(3))
                )
                at_most(
                    f"20,000 empty items and 8 of 0.5 s {place}, {workers} workers: "
                    "makespan by the bound",
                    1.05,
                    took / bound,
                )


def kill_at_one(bad, log):
    def run(number):
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, b"%d\n" % number)
        os.close(handle)
        if number == bad:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    try:
        braid.map(run, range(10_000), backend="processes", workers=2)
    except braid.WorkerDied as error:
        begun = pathlib.Path(log).read_text(encoding="ascii").split()
        return error.index == bad, len(begun) == len(set(begun))
    return False, False


def deaths_are_named():
    indexes = [137 + 499 * n for n in range(rounds(20))]
    with tempfile.TemporaryDirectory() as folder:
        found = [kill_at_one(bad, f"{folder}/{bad}") for bad in indexes]
    named, once = (sum(each) for each in zip(*found))
    good = named == once == len(indexes)
    said = f"{named} named, {once} with no item begun twice, of {len(indexes)}"
    row("a kill at item 137 and 19 others of 10,000", "all named, none begun twice", said, good)


# In a process of its own: a thread of this one would wait for the interpreter's lock.
KILLER = """
import os, random, signal, sys, time
server, killed = sys.argv[1], 0
signal.signal(signal.SIGTERM, lambda *_: (print(killed), sys.exit()))
while True:
    time.sleep(0.05)
    with open(f"/proc/{server}/task/{server}/children") as file:
        workers = file.read().split()
    if workers:
        try:
            os.kill(int(random.choice(workers)), signal.SIGKILL)
            killed += 1
        except ProcessLookupError:
            pass
"""


def deaths_every_50_ms():
    count, turns = 1_000_000, rounds(20)
    expected = list(range(count))
    # A local function goes by value: a new worker has not to import this module first.
    work = lambda number: number  # noqa: E731
    options = {"backend": "processes", "workers": 2, "retries": 99}
    braid.map(work, range(count), **options)
    descriptors, memory = len(os.listdir("/proc/self/fd")), resident(os.getpid())
    command = [sys.executable, "-c", KILLER, str(_links._shared["server"][1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killer:
        try:
            right = sum(braid.map(work, range(count), **options) == expected for _ in range(turns))
        finally:
            killer.terminate()
        killed = int(killer.stdout.read())
    braid.map(work, range(10), **options)
    more = len(os.listdir("/proc/self/fd")) - descriptors
    grown = (resident(os.getpid()) - memory) / 2**20
    said = f"{right} of {turns} right, {killed} kills, {more} descriptors, {grown:.0f} MB more"
    good = right == turns and more <= 2 and grown < 64
    row("10^6 items, a worker killed every 50 ms, 20 times", "right, and flat", said, good)


def switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as file:
            total += sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
    return total


def frugality():
    with braid.Runner(backend="processes", workers=2) as runner:
        pids = pids_of(runner)
        runner.submit(abs, 1).result(20)
        time.sleep(0.3)
        before = sum(map(processor_ns, pids))
        time.sleep(10 * min(1.0, PART * 5))
        used = (sum(map(processor_ns, pids)) - before) / 1e6
        at_most("an idle pool, 10 s: ms of processor time", 10, used)
    with braid.Runner(backend="processes", workers=2) as runner:
        pids = pids_of(runner)
        runner.map(same, range(100_000))
        found = []
        for _ in range(5):
            before = sum(map(switches, pids))
            runner.map(same, range(100_000))
            found.append((sum(map(switches, pids)) - before) / 100_000)
        at_most("10^5 empty items: context switches each", 0.05, statistics.median(found))
        for _ in range(2):
            runner.map(same, range(1_000_000))
        before = sum(map(resident, pids))
        for _ in range(3):
            runner.map(same, range(1_000_000))
        grown = (sum(map(resident, pids)) - before) / 2**20
        at_most("3 x 10^6 more items: MB more in all processes", 16, grown)


def one_gigabyte():
    """In and out; what a task writes into its input nobody else sees."""
    try:
        import numpy
    except ImportError:
        skipped("1 GB array in and out", "NumPy is not installed")
        return
    count = int(2**27 * min(1.0, PART * 4))
    array = numpy.ones(count)

    def work(given):
        given += 1.0
        return given

    with braid.Runner(backend="processes", workers=1) as runner:
        runner.map(len, [b""])
        before, peak, over = memory_of([os.getpid()]), [0], threading.Event()

        def watch():
            while not over.wait(0.02):
                peak[0] = max(peak[0], memory_of([os.getpid()]))

        watcher = threading.Thread(target=watch)
        watcher.start()
        (found,) = runner.map(work, [array])
        good = float(found.min()) == float(found.max()) == 2.0 and float(array.max()) == 1.0
        over.set()
        watcher.join()
        grown = max(peak[0], memory_of([os.getpid()])) - before
    size = array.nbytes / 2**30
    said = f"{grown / 2**30:.2f} GB for {size:.2f} GB, content {'right' if good else 'WRONG'}"
    row("1 GB array in and out: how much the parent grows", "at most 2.1 GB", said,
        good and grown <= 2.1 * array.nbytes)  # fmt: skip


def lists_for_auto():
    """20 lists: how long each takes, and whether it computes or waits."""
    us = calibrate(1e-6)
    lists = []
    for seconds, count in ((1e-7, 20_000), (1e-6, 20_000), (1e-5, 5000), (1e-4, 2000), (1e-3, 600),
                           (1e-2, 100), (1e-1, 20), (0.5, 4)):  # fmt: skip
        items = [int(us * seconds * 1e6)] * count
        lists.append((f"{count} x {seconds:g} s computing", spin, items))
    for seconds, count in ((1e-4, 1000), (1e-3, 500), (1e-2, 200), (0.1, 40), (0.5, 8)):
        lists.append((f"{count} x {seconds:g} s waiting", nap, [seconds] * count))
    ten = int(us * 10_000)
    lists += [
        ("1000 empty", same, list(range(1000))),
        ("10^6 empty", same, range(1_000_000)),
        ("one of 0.3 s", nap, [0.3]),
        ("2 x 0.2 s computing", spin, [ten * 20] * 2),
        ("empty ones, then 60 x 10 ms computing", spin, [0] * 1000 + [ten] * 60),
        ("empty ones, then 60 x 10 ms waiting", nap, [0.0] * 1000 + [0.01] * 60),
        ("a long one first, then empty ones", spin, [ten * 10] + [0] * 5000),
    ]
    return lists


def auto():
    worst, name, lost = 0.0, "", []
    times = rounds(3)
    for text, function, items in lists_for_auto():
        found = {}
        for backend in ("auto", "serial", "threads", "processes") * times:
            braid.shutdown()  # what it takes to start belongs to it
            took = timed(lambda b=backend, f=function, i=items: braid.map(f, i, backend=b))
            found[backend] = min(took, found.get(backend, took))
            if backend == "auto":
                chosen = braid.last_run().backend
        own = found.pop("auto")
        ratio = own / (min(found.values()) + 0.001)
        print(f"{text}: auto {own:.4f} s as {chosen}, {found}")
        if ratio > 1.2:
            lost.append(f"{text} {ratio:.2f}")
        if ratio > worst:
            worst, name = ratio, text
    said = f"{worst:.2f} ({name})" + (f"; above: {', '.join(lost)}" if lost else "")
    row("20 lists for auto, by the best explicit backend with its start (+ 1 ms)", "at most 1.2",
        said, worst <= 1.2)  # fmt: skip


def random_faults():
    dice = random.Random(5)
    turns, wrong, slowest = rounds(10_000), 0, 0.0
    for _ in range(turns):
        count = dice.choice((1, 10, 300))
        bad, kind = dice.randrange(count), dice.choice(("kill", "raise", "exit", "lock"))
        items = [(kind if n == bad else "", n) for n in range(count)]
        began = time.perf_counter()
        try:
            braid.map(faulty, items, backend="processes", workers=2)
            wrong += 1
        except (ValueError, braid.WorkerDied, braid.NotPicklable) as error:
            wrong += braid.error_info(error).index != bad
        slowest = max(slowest, time.perf_counter() - began)
        wrong += braid.map(same, range(20), backend="processes", workers=2) != list(range(20))
    said = f"{wrong} wrong of {turns}, none hangs, the slowest call {slowest:.2f} s"
    row("G9: random faults, then a call", "10,000 rounds right, no hang", said, wrong == 0)


def main():
    makespan()
    deaths_are_named()
    deaths_every_50_ms()
    frugality()
    one_gigabyte()
    auto()
    random_faults()


if __name__ == "__main__":
    main()
