"""The executors are concurrent.futures' to the letter."""

import concurrent.futures
import functools
import os
import signal
import time

import braid
import pytest

EXECUTORS = {
    "threads": lambda **options: braid.ThreadPoolExecutor(2, **options),
    "forkserver": lambda **options: braid.ProcessPoolExecutor(2, **options),
    "fork": lambda **options: braid.ProcessPoolExecutor(2, mp_context="fork", **options),
    "spawn": lambda **options: braid.ProcessPoolExecutor(2, mp_context="spawn", **options),
}


def double(number):
    return 2 * number


@pytest.fixture(params=list(EXECUTORS))
def open_executor(request):
    return EXECUTORS[request.param]


def test_submit_and_map(open_executor):
    with open_executor() as executor:
        futures = [executor.submit(double, n) for n in range(200)]
        assert [future.result(20) for future in futures] == [2 * n for n in range(200)]
        assert list(executor.map(double, range(50))) == [2 * n for n in range(50)]
        assert isinstance(futures[0], concurrent.futures.Future)
        done, rest = concurrent.futures.wait(futures)
        assert len(done) == 200
        assert not rest


def test_as_completed_and_callbacks(open_executor):
    seen = []
    with open_executor() as executor:
        futures = [executor.submit(double, n) for n in range(20)]
        for future in futures:
            future.add_done_callback(lambda done: seen.append(done.result()))
        done = concurrent.futures.as_completed(futures, timeout=20)
        assert sorted(future.result() for future in done) == [2 * n for n in range(20)]
    assert sorted(seen) == [2 * n for n in range(20)]


def test_an_exception_is_the_futures(open_executor):
    def fail(number):
        raise LookupError(number)

    with open_executor() as executor:
        future = executor.submit(fail, 3)
        with pytest.raises(LookupError) as caught:
            future.result(20)
        assert caught.value.args == (3,)
        assert executor.submit(double, 4).result(20) == 8


def test_keywords_lambdas_and_bound_methods(open_executor):
    with open_executor() as executor:
        assert executor.submit(lambda a, *, b: a + b, 1, b=2).result(20) == 3
        assert executor.submit("a,b".split, ",").result(20) == ["a", "b"]
        assert executor.submit(functools.partial(pow, 2), 5).result(20) == 32


def test_waiting_tasks_can_be_cancelled(open_executor):
    with open_executor() as executor:
        futures = [executor.submit(time.sleep, 0.05) for _ in range(30)]
        assert futures[-1].cancel()
        assert futures[-1].cancelled()
        executor.shutdown(cancel_futures=True)
        ended = [future for future in futures if not future.cancelled()]
        assert all(future.done() for future in futures)
        assert len(ended) < 30


def test_after_shutdown(open_executor):
    executor = open_executor()
    future = executor.submit(double, 2)
    executor.shutdown()
    assert future.result(0) == 4
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(double, 1)
    executor.shutdown()


def test_the_initializer_runs(open_executor):
    def begin(value):
        import builtins

        builtins.braid_faces_value = value

    def read():
        import builtins

        return builtins.braid_faces_value

    with open_executor(initializer=begin, initargs=(7,)) as executor:
        assert executor.submit(read).result(20) == 7


def test_a_failing_initializer_breaks_the_pool(open_executor):
    def fail():
        raise ValueError("no")

    with open_executor(initializer=fail) as executor:
        future = executor.submit(double, 1)
        with pytest.raises(concurrent.futures.BrokenExecutor):
            future.result(20)
        with pytest.raises(concurrent.futures.BrokenExecutor):
            executor.submit(double, 1)


@pytest.mark.parametrize("method", ["forkserver", "fork", "spawn"])
def test_a_dead_worker_breaks_a_process_pool(method):
    with EXECUTORS[method]() as executor:
        assert executor.submit(double, 1).result(20) == 2
        future = executor.submit(os.kill, 0, signal.SIGKILL)  # its own process group
        with pytest.raises(concurrent.futures.process.BrokenProcessPool):
            future.result(20)
        with pytest.raises(concurrent.futures.process.BrokenProcessPool):
            executor.submit(double, 1)


@pytest.mark.parametrize("name", ["threads", "forkserver"])
def test_what_was_submitted_is_finished_at_exit(script, name):
    kind = "ThreadPoolExecutor" if name == "threads" else "ProcessPoolExecutor"
    status, out, err = script(
        f"""
import braid, time
def work(n):
    time.sleep(0.1)
    print(n, flush=True)
executor = braid.{kind}(1)
for n in range(3):
    executor.submit(work, n)
"""
    )
    assert (status, out, err) == (0, "0\n1\n2\n", "")


def test_submit_uses_a_warm_pool():
    assert braid.submit(double, 21).result(20) == 42
    first = braid.submit(os.getpid).result(20)
    assert first != os.getpid()


@pytest.mark.parametrize("workers", [2, 3])
def test_threads_for_tasks_that_wait_for_one_another(workers):
    """Each task has a thread of its own as long as there may be more."""
    import threading

    for _ in range(50):
        barrier = threading.Barrier(workers)
        with braid.ThreadPoolExecutor(workers) as executor:
            futures = [executor.submit(barrier.wait, 20) for _ in range(workers)]
            assert sorted(future.result(20) for future in futures) == list(range(workers))


def test_what_tasks_put_into_queues_arrives():
    import multiprocessing

    queue = multiprocessing.get_context("fork").Queue()
    queue.put("from here")  # its thread runs in this process before the workers are forked
    assert queue.get(timeout=20) == "from here"

    def begin(given):
        import builtins

        builtins.braid_queue = given

    def put(number):
        import builtins

        builtins.braid_queue.put(number)

    with EXECUTORS["fork"](initializer=begin, initargs=(queue,)) as executor:
        list(executor.map(put, range(20)))
    assert sorted(queue.get(timeout=20) for _ in range(20)) == list(range(20))


def test_managers_of_multiprocessing_let_workers_in(open_executor):
    import multiprocessing

    with multiprocessing.Manager() as manager, open_executor() as executor:
        found = manager.list()
        list(executor.map(found.append, range(5)))
        assert sorted(found) == list(range(5))


def test_chunks(open_executor):
    with open_executor() as executor:
        assert list(executor.map(pow, range(10), range(10), chunksize=3)) == [
            n**n for n in range(10)
        ]


def test_killed_workers_break_the_pool():
    executor = braid.ProcessPoolExecutor(2)
    futures = [executor.submit(time.sleep, 60) for _ in range(5)]
    executor.kill_workers()
    for future in futures:
        with pytest.raises(concurrent.futures.BrokenExecutor):
            future.result(20)
    executor.shutdown()


def test_an_answer_that_comes_before_push_returns_is_nobodys_loss():
    """The completion thread may have the result while the submitting one is still in push()."""

    class Late:
        def __init__(self, engine):
            self.engine = engine

        def __getattr__(self, name):
            return getattr(self.engine, name)

        def push(self, *arguments):
            pushed = self.engine.push(*arguments)
            time.sleep(0.02)
            return pushed

    with braid.ProcessPoolExecutor(2) as executor:
        assert executor.submit(double, 1).result(20) == 2
        executor._tasks.engine = Late(executor._tasks.engine)
        assert [executor.submit(double, n).result(20) for n in range(20)] == [
            2 * n for n in range(20)
        ]
