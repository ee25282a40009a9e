"""The other faces: Runner, asyncio, Parallel, share, seeds, progress, auto."""

import asyncio
import functools
import gc
import io
import os
import signal
import threading
import time

import braid
import pytest
from runtime_places import PACKAGE


def double(number):
    return 2 * number


def test_runner_shares_workers_and_replaces_them():
    with braid.Runner(backend="processes", workers=1) as runner:
        first = runner.map(lambda _: os.getpid(), [1])
        assert runner.map(lambda _: os.getpid(), [1]) == first
        assert runner.starmap(pow, [(2, 3), (3, 2)]) == [8, 9]
        assert list(runner.imap(double, range(5))) == [0, 2, 4, 6, 8]
        assert runner.map(double, range(3), on_error="return") == [0, 2, 4]
        assert runner.submit(double, 4).result(20) == 8
        with pytest.raises(braid.WorkerDied) as caught:
            runner.submit(os._exit, 5).result(20)
        assert caught.value.exitcode == 5
        assert runner.submit(double, 4).result(20) == 8
        assert asyncio.run(runner.amap(double, range(4))) == [0, 2, 4, 6]
    with pytest.raises(RuntimeError, match="shut down"):
        runner.map(double, [1])


def test_coroutines_side_by_side():
    running = []
    most = []

    async def work(number):
        running.append(number)
        most.append(len(running))
        await asyncio.sleep(0.01)
        running.remove(number)
        return 2 * number

    async def main():
        assert await braid.amap(work, range(20), workers=5) == [2 * n for n in range(20)]
        return [result async for result in braid.aimap(work, range(7))]

    assert asyncio.run(main()) == [2 * n for n in range(7)]
    assert max(most[:20]) == 5
    assert braid.map(work, range(9), backend="asyncio") == [2 * n for n in range(9)]
    assert braid.map(work, range(9)) == [2 * n for n in range(9)]
    assert braid.last_run().backend == "asyncio"
    assert list(braid.imap(work, range(9), workers=2)) == [2 * n for n in range(9)]


def test_coroutines_have_streams_of_their_own():
    async def draw(number):
        await asyncio.sleep(0.002 * (5 - number))
        return braid.rng().random()

    found = braid.map(draw, range(5), seed=3)
    assert found == braid.map(draw, range(5), seed=3, workers=1)
    assert found == braid.map(lambda _: braid.rng().random(), range(5), seed=3, backend="serial")


def test_a_coroutine_that_cancels_itself_loses_nothing():
    async def work(number):
        await asyncio.sleep(0)
        if number == 2:
            raise asyncio.CancelledError
        return number

    got = []
    with pytest.raises(asyncio.CancelledError):
        for number in braid.imap(work, range(5), workers=2):
            got.append(number)
    assert got == [0, 1]


def test_coroutines_with_a_time_limit_end_with_their_call():
    running = []

    async def work(number):
        if number == 0:
            await asyncio.sleep(0.05)
            raise ValueError("first")
        running.append(number)
        try:
            await asyncio.sleep(20)
        finally:
            running.remove(number)

    async def main():
        with pytest.raises(ValueError, match="first"):
            await braid.amap(work, range(5), timeout=30)
        assert running == []

    asyncio.run(main())


def test_inputs_of_amap_are_pulled_in_the_loops_thread(backend):
    def numbers():
        for _ in range(300):
            yield threading.get_ident()

    async def main():
        return set(await braid.amap(lambda n: n, numbers(), **backend))

    assert asyncio.run(main()) == {threading.get_ident()}
    assert asyncio.run(braid.amap(lambda n: n, numbers())) == [threading.get_ident()] * 300

    def broken():
        yield 1
        raise KeyError("input")

    with pytest.raises(KeyError, match="input"):
        asyncio.run(braid.amap(abs, broken(), **backend))


def test_nothing_runs_on_when_amap_is_cancelled(backend, tmp_path):
    log = tmp_path / "log"

    def note(number):
        with open(log, "a", encoding="ascii") as file:
            file.write(f"{number}\n")
        time.sleep(0.01)

    async def main():
        task = asyncio.ensure_future(braid.amap(note, range(10_000), **backend))
        while not log.exists():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        written = log.read_text(encoding="ascii")
        await asyncio.sleep(0.05)
        assert log.read_text(encoding="ascii") == written
        results = braid.aimap(note, range(10_000), **backend)
        assert await results.__anext__() is None
        await results.aclose()
        written = log.read_text(encoding="ascii")
        await asyncio.sleep(0.05)
        assert log.read_text(encoding="ascii") == written

    asyncio.run(main())
    assert braid.map(double, range(9), **backend) == [2 * n for n in range(9)]


def test_coroutines_that_fail():
    async def work(number):
        await asyncio.sleep(0.001 * (10 - number))
        if number in (3, 6):
            raise ValueError(f"bad {number}")
        return number

    with pytest.raises(ValueError, match="bad 3") as caught:
        braid.map(work, range(10), backend="asyncio")
    assert braid.error_info(caught.value).index == 3
    found = braid.map(work, range(10), backend="asyncio", on_error="skip")
    assert found == [0, 1, 2, 4, 5, 7, 8, 9]

    async def slow(number):
        await asyncio.sleep(10 if number == 2 else 0)
        return number

    with pytest.raises(braid.ItemTimeout) as caught:
        braid.map(slow, range(5), backend="asyncio", timeout=0.1)
    assert caught.value.index == 2


def test_blocking_functions_in_an_event_loop(backend):
    async def main():
        results = await braid.amap(double, range(100), **backend)
        ticks = [result async for result in braid.aimap(double, range(10), **backend)]
        return results, ticks

    results, ticks = asyncio.run(main())
    assert results == [2 * n for n in range(100)]
    assert ticks == [2 * n for n in range(10)]


def test_share_is_sent_once_and_seen_as_itself(backend, tmp_path):
    class Table:
        loaded = str(tmp_path / "loaded")

        def __init__(self):
            self.rows = list(range(1000))

        def __setstate__(self, state):
            with open(self.loaded, "a", encoding="ascii") as file:
                file.write("x")
            self.__dict__.update(state)

    handle = braid.share(Table())

    def look(pair):
        table, number = pair
        return table.rows[number]

    found = braid.map(look, [(handle, n) for n in range(100)], **backend)
    assert found == list(range(100))
    assert braid.map(functools.partial(lambda t, n: t.rows[n], handle), [5], **backend) == [5]
    loads = tmp_path / "loaded"
    most = 4 if backend["backend"] == "processes" else 0
    assert (len(loads.read_text()) if loads.exists() else 0) <= most


def test_handles_are_seen_in_lists_and_leave_other_arguments_alone(backend):
    handle = braid.share({"a": 1})
    assert braid.map(lambda pair: pair[0]["a"], [[handle, {}]], **backend) == [1]
    if backend["backend"] in ("serial", "threads"):
        given = {"seen": ()}
        braid.map(lambda row: row.update(seen=1), [given], **backend)
        assert given == {"seen": 1}  # the very object


def test_locks_and_queues_of_multiprocessing(processes):
    import multiprocessing

    context = multiprocessing.get_context(processes.get("start_method", "spawn"))
    lock, queue = context.Lock(), context.SimpleQueue()

    def begin(*given):
        import builtins

        builtins.braid_given = given

    def work(number):
        import builtins

        lock, queue = builtins.braid_given
        with lock:
            queue.put(number)
        return number

    options = {"initializer": begin, "initargs": (lock, queue), **processes}
    assert braid.map(work, range(20), **options) == list(range(20))
    assert sorted(queue.get() for _ in range(20)) == list(range(20))


def test_seeds_give_every_item_its_stream(backend):
    def draw(_):
        return braid.rng().random()

    first = braid.map(draw, range(50), seed=7, **backend)
    assert braid.map(draw, range(50), seed=7, batch=3, **backend) == first
    assert braid.map(draw, range(50), seed=7, backend="serial") == first
    assert len(set(first)) == 50
    assert braid.map(draw, range(50), seed=8, **backend) != first


def test_seeds_set_the_global_generators(processes):
    def draw(_):
        import random

        return random.random()

    first = braid.map(draw, range(20), seed=7, **processes)
    assert braid.map(draw, range(20), seed=7, backend="serial") == first


def test_worker_ids(backend):
    found = set(braid.map(lambda _: braid.worker_id(), range(50), **backend))
    assert found <= ({None} if backend["backend"] == "serial" else {0, 1})
    assert braid.worker_id() is None


def test_workers_are_recycled(processes):
    pids = braid.map(lambda _: os.getpid(), range(40), max_tasks_per_worker=5, **processes)
    counts = {pid: pids.count(pid) for pid in pids}
    assert max(counts.values()) <= 5
    assert len(counts) >= 8


def test_workers_are_recycled_by_memory():
    def grow(_):
        import builtins

        builtins.braid_ballast = getattr(builtins, "braid_ballast", b"") + b"x" * (60 << 20)
        return os.getpid()

    options = {"backend": "processes", "workers": 1, "max_memory_per_worker": 100 << 20}
    assert len(set(braid.map(grow, range(4), **options))) >= 2


def test_arrays_cross_without_sharing(processes):
    numpy = pytest.importorskip("numpy")
    big = numpy.arange(1_000_000, dtype="float64")

    def work(number):
        before = float(big[number])
        big[number] = -1.0  # its own copy
        return numpy.full(200_000, before)

    found = braid.map(work, range(6), **processes)
    assert [array[0] for array in found] == list(range(6))
    assert big[3] == 3.0
    found[0][5] = 9.0  # results can be written to
    assert found[0][5] == 9.0
    items = [numpy.full(50_000, n, dtype="int64") for n in range(5)]

    def write(array):
        array += 1
        return int(array.sum())

    assert braid.map(write, items, **processes) == [50_000 * (n + 1) for n in range(5)]
    assert [int(array[0]) for array in items] == list(range(5))


def test_an_array_kept_by_a_worker_stays_what_it_was():
    numpy = pytest.importorskip("numpy")

    def keep(array):
        import builtins

        kept = builtins.__dict__.setdefault("braid_kept", [])
        kept.append(array)
        return [int(other[-1]) for other in kept]

    items = [numpy.full(100_000, n) for n in range(20)]
    found = braid.map(keep, items, backend="processes", workers=1)
    assert found[-1] == list(range(20))


def test_parallel_and_delayed():
    parallel = braid.Parallel(n_jobs=2)
    assert parallel(braid.delayed(pow)(n, 2) for n in range(10)) == [n * n for n in range(10)]
    assert braid.Parallel()(braid.delayed(pow)(n, b=2) if 0 else (pow, (n, 2), {}) for n in [3])
    with braid.Parallel(n_jobs=2, backend="threading") as warm:
        for _ in range(3):
            assert warm(braid.delayed(double)(n) for n in range(5)) == [0, 2, 4, 6, 8]
    lazy = braid.Parallel(n_jobs=2, return_as="generator")
    assert list(lazy(braid.delayed(double)(n) for n in range(5))) == [0, 2, 4, 6, 8]
    unordered = braid.Parallel(n_jobs=2, return_as="generator_unordered")
    assert sorted(unordered(braid.delayed(double)(n) for n in range(5))) == [0, 2, 4, 6, 8]
    with pytest.raises(ValueError, match="n_jobs == 0"):
        braid.Parallel(n_jobs=0)


def test_the_next_call_of_a_parallel_is_right_after_an_error():
    def fail(number):
        if number == 3:
            raise ValueError(number)
        return number

    with braid.Parallel(n_jobs=2) as parallel:
        for _ in range(10):
            with pytest.raises(ValueError, match="3"):
                parallel(braid.delayed(fail)(n) for n in range(20))
            assert parallel(braid.delayed(double)(n) for n in range(20)) == [
                2 * n for n in range(20)
            ]


def test_as_a_backend_of_joblib():
    joblib = pytest.importorskip("joblib")
    braid.register_joblib()
    with joblib.parallel_config(backend="braid", n_jobs=2):
        found = joblib.Parallel()(joblib.delayed(double)(n) for n in range(100))
    assert found == [2 * n for n in range(100)]


def test_auto_stays_serial_for_small_work():
    assert braid.map(double, range(1000)) == [2 * n for n in range(1000)]
    assert braid.last_run().backend == "serial"
    assert "small" in braid.last_run().why


def test_auto_takes_threads_for_waiting_and_processes_for_computing():
    assert braid.map(time.sleep, [0.03] * 20) == [None] * 20
    assert braid.last_run().backend == "threads"

    def compute(number):
        total = 0
        for value in range(1_000_000):
            total += value
        return number

    assert braid.map(compute, range(6), workers=2) == list(range(6))
    assert braid.last_run().backend == "processes"


def test_auto_keeps_order_and_errors():
    def work(number):
        time.sleep(0.004)
        if number == 40:
            raise ValueError("forty")
        return number

    results = braid.imap(work, range(60))
    got = []
    with pytest.raises(ValueError, match="forty") as caught:
        for result in results:
            got.append(result)
    assert got == list(range(40))
    assert braid.error_info(caught.value).index == 40
    assert braid.map(work, range(50), on_error="skip") == [n for n in range(50) if n != 40]
    with pytest.raises(ZeroDivisionError):
        braid.map(lambda n: 1 // n, [1, 0])
    assert braid.map(lambda n: 1 // n, [0, 1], on_error="skip") == [1]
    assert braid.map(double, []) == []


def test_options_that_need_processes():
    assert braid.map(double, range(3), timeout=10) == [0, 2, 4]
    assert braid.last_run().backend == "processes"


def test_progress_reports(backend, monkeypatch):
    calls = []
    braid.map(double, range(20), progress=lambda *found: calls.append(found), **backend)
    assert calls[-1] == (20, 20, 0)
    lines = io.StringIO()
    monkeypatch.setattr("sys.stderr", lines)
    braid.map(double, iter(range(20)), progress=True, **backend)
    assert lines.getvalue().startswith("20 ")
    with pytest.raises(TypeError, match="progress"):
        braid.map(double, [1], progress=3)


def test_progress_takes_a_tqdm():
    tqdm = pytest.importorskip("tqdm")
    out = io.StringIO()
    bar = tqdm.tqdm(total=20, file=out)
    braid.map(double, range(20), progress=bar, backend="threads", workers=2)
    bar.close()
    assert "20/20" in out.getvalue()


def test_variables(script):
    environment = {**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    environment.update(PYTHONPATH=str(PACKAGE), BRAID_BACKEND="threads", BRAID_WORKERS="3")
    status, out, err = script(
        "import braid\nbraid.map(abs, [1])\nrun = braid.last_run()\n"
        "print(run.backend, run.workers)\n"
        "braid.map(abs, [1], workers=2)\nprint(braid.last_run().workers)\n",
        env=environment,
    )
    assert (status, out, err) == (0, "threads 3\n2\n", "")
    environment["BRAID_WORKERS"] = "many"
    status, out, err = script("import braid\nbraid.map(abs, [1])\n", env=environment)
    assert status == 1
    assert "BRAID_WORKERS" in err


def test_a_deterministic_crash_shows_its_stack():
    def crash(_):
        import ctypes

        ctypes.string_at(0)

    with pytest.raises(braid.WorkerDied) as caught:
        braid.map(crash, [1], backend="processes", workers=1)
    assert caught.value.signal == signal.SIGSEGV
    assert "crash" in caught.value.stack


def test_nothing_is_left_of_many_calls():
    def count():
        gc.collect()
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    def execute():
        with braid.ProcessPoolExecutor(1) as executor:
            executor.submit(double, 1).result(20)

    braid.map(double, range(10), backend="processes", workers=2)
    braid.map(double, range(10), backend="processes", workers=2, start_method="fork")
    execute()
    before = count()
    for _ in range(10):
        braid.map(double, range(10), backend="processes", workers=2)
        braid.map(double, range(10), backend="processes", workers=2, start_method="fork")
        execute()
    assert count() == before


def test_the_names_are_all_there():
    for name in braid.__all__:
        assert getattr(braid, name) is not None
