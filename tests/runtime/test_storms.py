"""Many faults in a row: the answers stay right, and nothing piles up."""

import os
import random
import signal
import threading
import time

import braid
import pytest
from runtime_places import FULL


def square(number):
    return number * number


def test_workers_killed_again_and_again():
    from braid import _links

    braid.map(square, range(10), backend="processes", workers=2)
    before = len(os.listdir("/proc/self/fd"))
    server = _links._shared["server"][1]
    stop = threading.Event()

    def kill():
        while not stop.wait(0.05):
            for name in os.listdir("/proc"):
                try:
                    with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                        fields = file.read().rpartition(")")[2].split()
                    if int(fields[1]) == server and fields[0] != "Z":
                        os.kill(int(name), signal.SIGKILL)
                        break
                except (OSError, ValueError):
                    continue

    killer = threading.Thread(target=kill)
    killer.start()
    count = 1_000_000 if FULL else 300_000
    try:
        for _ in range(20 if FULL else 3):
            # A local function goes by value: a new worker has not to import this module first.
            found = braid.map(
                lambda n: n * n, range(count), backend="processes", workers=2, retries=99
            )
            assert found == [n * n for n in range(count)]
    finally:
        stop.set()
        killer.join()
    braid.map(square, range(10), backend="processes", workers=2)
    assert len(os.listdir("/proc/self/fd")) <= before


def test_workers_killed_while_they_start(monkeypatch):
    """Ten in a row: where there is no initializer, that is not its failure."""
    from braid import _pools

    pool_class, killed = _pools.ProcessPool, []
    original = pool_class.start_workers

    def start_workers(self, wanted):
        original(self, wanted)
        for slot in list(self.pids):
            while len(killed) < 10 and not self.pids.get(slot):
                if self.pids.get(slot) == 0:
                    for report in self.link.reports() or ():
                        self.pids[report[0]] = report[1]
                        killed.append(report[1])
                        os.kill(report[1], signal.SIGKILL)
                time.sleep(0.001)

    monkeypatch.setattr(pool_class, "start_workers", start_workers)
    found = braid.map(square, range(20), backend="processes", workers=1, max_tasks_per_worker=99)
    assert found == [n * n for n in range(20)]
    assert len(killed) == 10


def faulty(pair):
    kind, number = pair
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "raise":
        raise ValueError(number)
    if kind == "exit":
        os._exit(4)
    if kind == "lock":
        return threading.Lock()
    return number


def test_random_faults_one_after_another():
    dice = random.Random(5)
    until = time.monotonic() + (300 if FULL else 5)
    rounds = 0
    while time.monotonic() < until:
        count = dice.choice((1, 10, 300))
        bad = dice.randrange(count)
        kind = dice.choice(("kill", "raise", "exit", "lock"))
        items = [(kind if n == bad else "", n) for n in range(count)]
        with pytest.raises((ValueError, braid.WorkerDied, braid.NotPicklable)) as caught:
            braid.map(faulty, items, backend="processes", workers=2)
        assert braid.error_info(caught.value).index == bad
        assert braid.map(square, range(50), backend="processes", workers=2) == [
            n * n for n in range(50)
        ]
        rounds += 1
    assert rounds > 3


def test_the_makespan_of_long_items_behind_many_empty_ones():
    """Whoever learnt from the first items that all are tiny must not hoard the long ones."""
    items = [0.0] * 20_000 + [0.5] * 8
    for backend in ("threads", "processes"):
        found = braid.map(
            lambda s: (time.sleep(s), braid.worker_id())[1], items, workers=8, backend=backend
        )
        assert sorted(found[-8:]) == list(range(8))  # each worker had one of them


def test_few_long_items_do_not_make_every_batch_small():
    items = [0.1] * 8 + [0.0] * 20_000
    with braid.Runner(backend="processes", workers=2) as runner:
        for _ in range(3):
            runner.map(lambda seconds: time.sleep(seconds) if seconds else None, items)
            assert braid.last_run().batches < 2000


def test_a_function_that_kills_whoever_loads_it():
    class Trap:
        def __reduce__(self):
            return os.kill, (0, signal.SIGKILL)

        def __call__(self, _):
            return 1

    with pytest.raises(braid.WorkerDied, match="loading the function") as caught:
        braid.map(Trap(), range(5), backend="processes", workers=2)
    assert caught.value.index is None
    assert braid.map(square, range(5), backend="processes", workers=2) == [0, 1, 4, 9, 16]
