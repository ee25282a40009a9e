"""What is counted, not timed: processor time of idle pools, context switches, begun items."""

import os
import signal
import time

import braid
import pytest
from runtime_places import FULL


def pid_of_worker(_):
    time.sleep(0.01)
    return os.getpid()


def pids_of(runner):
    from braid import _links

    workers = set(runner.map(pid_of_worker, range(8)))
    return [os.getpid(), _links._shared["server"][1], *workers]


def processor_ns(pid):
    """What all threads of a process have used."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total


def voluntary_switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        total += int(lines["voluntary_ctxt_switches"])
    return total


def test_an_idle_pool_uses_no_processor_time():
    with braid.Runner(backend="processes", workers=2) as runner:
        pids = pids_of(runner)
        runner.submit(abs, 1).result(20)  # and the thread of an executor
        time.sleep(0.3)  # the server imports ahead
        before = sum(map(processor_ns, pids))
        time.sleep(10.0 if FULL else 1.0)
        assert sum(map(processor_ns, pids)) - before < 10_000_000


def test_empty_items_make_hardly_any_context_switches():
    def same(number):
        return number

    with braid.Runner(backend="processes", workers=2) as runner:
        pids = pids_of(runner)
        assert runner.map(same, range(100_000)) == list(range(100_000))
        before = sum(map(voluntary_switches, pids))
        assert runner.map(same, range(100_000)) == list(range(100_000))
        assert (sum(map(voluntary_switches, pids)) - before) / 100_000 < 0.05


@pytest.mark.parametrize("round_", range(20 if FULL else 3))
def test_a_death_among_ten_thousand(tmp_path, round_):
    """The item is named, and no item begins twice."""
    bad = 137 + 499 * round_
    log = str(tmp_path / "log")

    def run(number):
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, b"%d\n" % number)
        os.close(handle)
        if number == bad:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(braid.WorkerDied) as caught:
        braid.map(run, range(10_000), backend="processes", workers=2)
    assert caught.value.index == bad
    with open(log, encoding="ascii") as file:
        begun = [int(line) for line in file]
    assert len(begun) == len(set(begun))
    assert set(range(bad + 1)) <= set(begun)


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_many_arrays_need_no_descriptors():
    numpy = pytest.importorskip("numpy")
    with braid.Runner(backend="processes", workers=2) as runner:
        runner.map(len, [b""])
        before = len(os.listdir("/proc/self/fd"))
        found = runner.map(lambda n: numpy.full(20_000, n), range(300))
        assert len(os.listdir("/proc/self/fd")) <= before + 3
        assert [int(array[-1]) for array in found] == list(range(300))


def test_memory_of_results_is_written_again():
    numpy = pytest.importorskip("numpy")
    with braid.Runner(backend="processes", workers=1) as runner:
        runner.map(len, [b""])
        (pool,) = (pool for pools in runner._keeper.idle.values() for pool in pools)

        def in_use():
            return os.fstat(pool.engine.segment).st_blocks * 512

        before = in_use()
        for turn in range(20):
            for array in runner.imap(lambda n: numpy.full(500_000, n), range(turn, turn + 5)):
                assert int(array.sum()) == 500_000 * int(array[0])
            # Few blocks are kept warm, and none is lost.
            del array
            assert 4_000_000 <= in_use() - before < 40_000_000
        (pid,) = runner.map(pid_of_worker, [0])
        os.kill(pid, signal.SIGKILL)
        assert runner.map(len, [b"", b""]) == [0, 0]
        assert in_use() - before < 2_000_000  # with the worker goes what it could have used


def test_memory_of_what_a_function_captures_is_written_again():
    numpy = pytest.importorskip("numpy")
    array = numpy.zeros(10_000_000)  # 80 MB: worth a few milliseconds of waiting

    def look(index):
        return float(array[index])

    with braid.Runner(backend="processes", workers=2) as runner:
        runner.map(len, [b""])
        (pool,) = (pool for pools in runner._keeper.idle.values() for pool in pools)
        sizes = []
        for turn in range(6):
            array[:4] = turn
            assert runner.map(look, range(4)) == [turn] * 4
            sizes.append(os.fstat(pool.engine.segment).st_blocks * 512)
            time.sleep(0.1)  # idle workers let go of the function
        assert max(sizes) < 130_000_000
        array[:4] = 7
        assert list(runner.imap(look, range(4))) == [7] * 4


def test_many_items_leak_nothing():
    def same(number):
        return number

    count = 1_000_000 if FULL else 100_000
    with braid.Runner(backend="processes", workers=2) as runner:
        for _ in range(2):
            runner.map(same, range(count))
        pids = pids_of(runner)
        before = sum(map(resident, pids))
        descriptors = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            runner.map(same, range(count))
        assert sum(map(resident, pids)) - before < 16 << 20
        assert len(os.listdir("/proc/self/fd")) == descriptors
