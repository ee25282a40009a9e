"""G6 to G8: large data, start, laziness; one JSON row for each."""

import concurrent.futures
import os
import statistics
import subprocess
import sys
import threading
import time

import braid
from compare import WORKERS, timed
from rows import at_least, at_most, children_of, memory_of, rounds, row, skipped
from runtime_places import PACKAGE

MB = 1 << 20


class Peak:
    """The most memory that this process and its children hold meanwhile."""

    def __enter__(self):
        self.before = self.most = memory_of(children_of(os.getpid()))
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.over.wait(0.01):
            self.most = max(self.most, memory_of(children_of(os.getpid())))

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def written(array):
    """Seconds that write() of the array into a fresh anonymous file takes."""
    descriptor = os.memfd_create("bars")
    try:
        return timed(lambda: os.write(descriptor, array))[0]
    finally:
        os.close(descriptor)


def one_array_to_many(numpy):
    """W8: a task reads one element of 100 MB that it has from its surroundings."""
    array = numpy.zeros(100 * 125_000)

    def look(index):
        return float(array[index])

    first, again, plain, right = [], [], [], True
    for turn in range(rounds(9)):
        plain.append(written(array))
        with braid.Runner(backend="processes", workers=WORKERS) as runner:
            runner.map(numpy.sum, [numpy.ones(9)] * 16)  # workers have the library
            for times in (first, again):
                array[:16] = turn + len(again)
                took, found = timed(lambda r=runner: r.map(look, range(16)))
                times.append(took)
                right = right and found == [float(array[0])] * 16
    by_write = statistics.median(first) / statistics.median(plain)
    row("G6: W8, 100 MB to 16 tasks, the first time: by write() of it", "at most 1.2",
        f"{by_write:.2f} ({statistics.median(first) * 1000:.0f} ms)", by_write <= 1.2)  # fmt: skip
    said = f"{statistics.median(again) * 1000:.1f}, content {'right' if right else 'WRONG'}"
    row("G6: W8 again, ms, with the content of that moment", "at most 12", said,
        right and statistics.median(again) <= 0.012)  # fmt: skip
    try:
        import joblib
    except ImportError:
        return
    with joblib.Parallel(n_jobs=WORKERS) as parallel:
        parallel(joblib.delayed(numpy.sum)(numpy.ones(9)) for n in range(16))
        took = [
            timed(lambda: parallel(joblib.delayed(element)(array, n) for n in range(16)))[0]
            for _ in range(2)
        ]
    row("G6: W8: joblib, ms first and again", "",
        f"{took[0] * 1000:.0f}, {took[1] * 1000:.0f}", None)  # fmt: skip


def element(array, index):
    return float(array[index])


def make(number):
    import numpy

    return numpy.full(100 * 125_000, float(number))


def many_arrays_back():
    """W9: 8 tasks give 100 MB each."""
    serial, own, theirs = [], [], []
    size = 8 * 100 * 10**6
    with (
        braid.Runner(backend="processes", workers=WORKERS) as runner,
        concurrent.futures.ProcessPoolExecutor(WORKERS) as pool,
    ):
        runner.map(make, [0])
        list(pool.map(make, [0]))
        with Peak() as peak:
            found = runner.map(make, range(8))
        right = [float(array[-1]) for array in found] == list(range(8))
        del found
        for _ in range(rounds(5)):
            serial.append(timed(lambda: [make(n) for n in range(8)])[0])
            own.append(timed(lambda: runner.map(make, range(8)))[0])
            theirs.append(timed(lambda: list(pool.map(make, range(8))))[0])
    loop, mine, cf = (statistics.median(times) for times in (serial, own, theirs))
    row("G6: W9, seconds", "",
        f"a loop {loop:.2f}, braid {mine:.2f}, concurrent.futures {cf:.2f}", None)  # fmt: skip
    at_most("G6: W9: by a loop", 2.0, mine / loop)
    at_least("G6: W9: concurrent.futures' by braid's", 3.0, cf / mine)
    # Each worker holds the array that it makes beside its copy.
    over = (peak.most - peak.before - size - WORKERS * 10**8) / MB
    row("G6: W9, peak memory above results and what the tasks hold, MB", "at most 50",
        f"{over:.0f}, content {'right' if right else 'WRONG'}", right and over <= 50)  # fmt: skip


BEGIN = "import json, statistics, subprocess, threading, time\nbegan = time.perf_counter()\n"
OURS = (
    BEGIN
    + """
import braid
braid.map
imported = time.perf_counter()
assert braid.map(abs, [-1], backend="processes", workers=2, start_method={method!r}) == [1]
first = time.perf_counter()
with braid.Runner(backend="processes", workers=3, start_method={method!r}) as runner:
    runner.map(abs, [-1])
    second = time.perf_counter()
print(imported - began, first - imported, second - first)
"""
)
THEIRS = (
    BEGIN
    + """
import concurrent.futures, multiprocessing
from concurrent.futures import ProcessPoolExecutor
imported = time.perf_counter()
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert pool.submit(abs, -1).result() == 1
        first = time.perf_counter()
    second = time.perf_counter()
    with ProcessPoolExecutor(3, mp_context=context) as pool:
        pool.submit(abs, -1).result()
        second = time.perf_counter() - second
    print(imported - began, first - imported, second)
"""
)


def begin(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run(
        [sys.executable, path], env=environment, capture_output=True, text=True, check=True
    )
    return [float(each) * 1000 for each in done.stdout.split()]


def start(folder):
    """W13."""
    for method in ("forkserver", "fork", "spawn"):
        ours, theirs = [], []
        for _ in range(rounds(15)):
            ours.append(begin(f"{folder}/ours.py", OURS.format(method=method)))
            theirs.append(begin(f"{folder}/theirs.py", THEIRS.format(method=method)))
        mine = [statistics.median(column) for column in zip(*ours)]
        cf = [statistics.median(column) for column in zip(*theirs)]
        row(f"G7: W13, {method}: import, first result, second pool, ms", "",
            "braid " + ", ".join(f"{ms:.1f}" for ms in mine)
            + "; concurrent.futures " + ", ".join(f"{ms:.1f}" for ms in cf), None)  # fmt: skip
        at_most(f"G7: W13, {method}: import by theirs", 1.0, mine[0] / cf[0])
        at_most(f"G7: W13, {method}: import and first result by theirs", 1.0,
                (mine[0] + mine[1]) / (cf[0] + cf[1]))  # fmt: skip
        if method == "forkserver":
            at_most("G7: W13, the second pool of a program, ms", 5.0, mine[2])


def same(number):
    return number


def laziness():
    """W10."""
    peaks, first, ahead = [], 0.0, 0
    before = memory_of(children_of(os.getpid()))
    for count in (100_000, max(1_000_000, rounds(10_000_000))):
        pulled = [0]

        def numbers(count=count, pulled=pulled):
            for number in range(count):
                pulled[0] = number
                yield number

        with braid.Runner(backend="processes", workers=WORKERS) as runner:
            runner.map(same, range(100))
            with Peak() as peak:
                began = time.perf_counter()
                results = runner.imap(same, numbers())
                next(results)
                first = max(first, time.perf_counter() - began)
                most = 0
                for got in results:
                    most = max(most, pulled[0] - got)
            ahead = max(ahead, most)
            peaks.append((count, (peak.most - before) / MB))
    at_most("G8: W10, the first result, ms", 5.0, first * 1000)
    at_most("G8: W10, inputs read ahead", 65_536, ahead, "{}")
    said = ", ".join(f"{mb:.1f} for {count:,}" for count, mb in peaks)
    row("G8: W10, peak memory more than before, MB", "equal within 5", said,
        abs(peaks[0][1] - peaks[1][1]) <= 5)  # fmt: skip


def slow_consumer():
    """W11."""

    def block(_):
        return bytes(20 * MB)

    with Peak() as peak:
        for _ in braid.imap(block, range(rounds(80)), backend="processes", workers=WORKERS):
            time.sleep(0.1)
    at_most("G8: W11, 80 results of 20 MB for a slow reader: peak GB", 0.3,
            (peak.most - peak.before) / 2**30, "{:.2f}")  # fmt: skip


def main():
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        start(folder)
    laziness()
    slow_consumer()
    try:
        import numpy
    except ImportError:
        skipped("G6: W8 and W9", "NumPy is not installed")
        return
    one_array_to_many(numpy)
    many_arrays_back()


if __name__ == "__main__":
    main()
