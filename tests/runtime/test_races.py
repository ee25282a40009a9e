"""What one thread shows another is recorded before; nobody waits for a lock that cannot come free.

Each of these orders is made to happen: something is wrapped so that it comes late, or a lock is
held by a thread that a fork leaves behind.
"""

import concurrent.futures
import os
import pickle
import queue
import signal
import sys
import threading
import time

import braid
import pytest
from braid import _executors, _initializer, _links, _options, _pools

PATIENCE = 20  # seconds


def double(number):
    return 2 * number


def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.005)


class Late:
    """An object, one of whose methods returns late."""

    def __init__(self, inner, name, seconds=0.3):
        self.inner = inner
        self.name = name
        self.seconds = seconds

    def __getattr__(self, name):
        found = getattr(self.inner, name)
        if name != self.name:
            return found

        def late(*arguments):
            answer = found(*arguments)
            time.sleep(self.seconds)
            return answer

        return late


class Refuses:
    """It cannot be pickled."""

    def __reduce__(self):
        raise ValueError("not this one")


def in_time(function):
    """Whether a thread that calls it ends."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return not thread.is_alive()


def ends_well(work):
    """Whether a fork that does it leaves with status 0 before somebody must kill it."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


class Held:
    """A lock in the hands of another thread."""

    def __init__(self, lock):
        self.lock = lock
        self.taken = threading.Event()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.hold)

    def hold(self):
        with self.lock:
            self.taken.set()
            self.over.wait(PATIENCE * 2)

    def __enter__(self):
        self.thread.start()
        self.taken.wait(PATIENCE)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def test_a_worker_that_reports_before_it_is_noted_keeps_its_slot(tmp_path):
    gate = str(tmp_path / "gate")
    with braid.ProcessPoolExecutor(2) as executor:
        assert executor.submit(double, 1).result(PATIENCE) == 2
        pool = executor._tasks.pool
        pool.link = Late(pool.link, "start")
        waiting = [executor.submit(wait_for, gate) for _ in range(2)]
        until = time.monotonic() + PATIENCE
        while len(pool.ready) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert len(pool.pids) == 2
        assert all(pool.pids.values())
        (tmp_path / "gate").touch()
        for future in waiting:
            future.result(PATIENCE)


def test_a_link_that_breaks_under_submit_is_not_the_tasks_end():
    with braid.ProcessPoolExecutor(2) as executor:
        pool = executor._tasks.pool
        link = pool.link

        class Broken:
            tries = 0

            def __getattr__(self, name):
                return getattr(link, name)

            def start(self, slot):
                self.tries += 1
                if self.tries == 1:
                    raise BrokenPipeError("the server has just been killed")
                link.start(slot)

        pool.link = Broken()
        assert executor.submit(double, 4).result(PATIENCE) == 8


def test_pickling_may_submit():
    with braid.ProcessPoolExecutor(1) as executor:
        inner = []

        class Submits:
            def __reduce__(self):
                if not inner:
                    inner.append(executor.submit(double, 5))
                return int, (3,)

        assert executor.submit(double, Submits()).result(PATIENCE) == 6
        assert inner[0].result(PATIENCE) == 10


def test_callbacks_of_refused_tasks_run_without_the_lock(tmp_path):
    gate = str(tmp_path / "gate")
    ended = queue.Queue()  # result() may return before the callback has run
    with braid.ProcessPoolExecutor(1) as executor:
        busy = [executor.submit(wait_for, gate) for _ in range(4)]
        refused = executor.submit(double, Refuses())
        refused.add_done_callback(lambda _: ended.put(in_time(lambda: executor.submit(double, 1))))
        (tmp_path / "gate").touch()
        with pytest.raises((ValueError, pickle.PicklingError)):
            refused.result(PATIENCE)
        assert ended.get(timeout=PATIENCE)
        concurrent.futures.wait(busy, PATIENCE)


@pytest.mark.parametrize("kind", [braid.ProcessPoolExecutor, braid.ThreadPoolExecutor])
def test_callbacks_of_cancelled_tasks_run_without_the_lock(kind, tmp_path):
    gate = str(tmp_path / "gate")
    ended = []
    executor = kind(1)
    busy = executor.submit(wait_for, gate)
    rest = [executor.submit(double, n) for n in range(40)]

    def submit():
        with pytest.raises(RuntimeError):
            executor.submit(double, 1)

    rest[-1].add_done_callback(lambda _: ended.append(in_time(submit)))
    executor.shutdown(wait=False, cancel_futures=True)
    assert ended == [True]
    assert rest[-1] in concurrent.futures.wait([rest[-1]], PATIENCE).done
    (tmp_path / "gate").touch()
    busy.result(PATIENCE)
    executor.shutdown()


def test_a_callback_may_kill_the_workers_while_more_results_lie_there(tmp_path):
    executor = braid.ProcessPoolExecutor(2)
    executor.submit(double, 0).result(PATIENCE)
    tasks = executor._tasks
    tasks.engine = Late(tasks.engine, "poll", 0.1)
    gate = tmp_path / "gate"  # no result is there before its callback
    futures = [executor.submit(wait_for, str(gate)) for _ in range(3)]
    for future in futures:
        future.add_done_callback(lambda _: executor.kill_workers())
    gate.touch()
    concurrent.futures.wait(futures, PATIENCE)
    assert "killed" in executor._broken
    executor.shutdown()


def test_one_runner_has_one_executor(monkeypatch):
    made = []

    class Slow(_executors.RunnerExecutor):
        def __init__(self, *arguments):
            made.append(self)
            time.sleep(0.1)
            super().__init__(*arguments)

    monkeypatch.setattr(_executors, "RunnerExecutor", Slow)
    with braid.Runner(workers=1) as runner:
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            futures = list(threads.map(lambda n: runner.submit(double, n), range(4)))
        assert [future.result(PATIENCE) for future in futures] == [0, 2, 4, 6]
    assert len(made) == 1


def test_pools_that_fork_side_by_side_have_their_own_initializers():
    first, second = (print, (1,)), (repr, (2,))
    dumped = [_initializer.dump_initializer(given, "fork") for given in (first, second)]
    assert [pickle.loads(data) for data in dumped] == [first, second]
    for given in (first, second):
        del _initializer.inherited[id(given)]


def test_two_threads_may_collect_the_same_server(monkeypatch):
    def waitpid(pid, _):
        _links._unreaped.remove(pid)  # as another thread may at this moment
        return pid, 0

    monkeypatch.setattr(_links, "_unreaped", [1, 2])
    monkeypatch.setattr(_links.os, "waitpid", waitpid)
    _links.reap()
    assert _links._unreaped == []


def test_results_may_be_dropped_while_a_pool_is_taken():
    results = braid.imap(double, range(100_000), backend="processes", workers=1)
    assert next(results) == 0
    held = [results]
    del results

    def drop():
        with _pools.cache.lock:  # where the collector may run
            held.clear()

    assert in_time(drop)


def test_one_iterator_in_many_threads():
    results = braid.imap(double, range(3000), backend="threads", workers=2, batch=7)
    found = []

    def take():
        for result in results:
            found.append(result)

    threads = [threading.Thread(target=take, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(found) == [2 * n for n in range(3000)]


def test_inputs_that_ask_for_the_results_are_told_so():
    def inputs():
        yield 1
        yield next(results)

    results = braid.imap(double, inputs(), backend="threads", workers=2, window=1)
    with pytest.raises(ValueError, match="ask for the results"):
        list(results)


@pytest.mark.parametrize("ordered", [True, False])
def test_handles_may_be_dropped_before_a_worker_reads_them(ordered):
    def is_mine(pair):
        number, values = pair
        return values == [number] * 20_000

    pairs = ((number, braid.share([number] * 20_000)) for number in range(60))
    with braid.Runner(backend="processes", workers=2, batch=1, ordered=ordered) as runner:
        assert runner.map(is_mine, pairs) == [True] * 60


def take_first(values):
    global first
    first = values[0]


def get_first(_):
    return first


def test_an_executor_keeps_the_handles_of_its_initializer():
    with braid.ProcessPoolExecutor(
        1, initializer=take_first, initargs=(braid.share([7] * 10),)
    ) as executor:
        assert executor.submit(get_first, 0).result(PATIENCE) == 7


def test_too_many_threads_are_not_the_executors_end(monkeypatch):
    def start(_):
        raise RuntimeError("can't start new thread")

    for executor in (braid.ProcessPoolExecutor(1), braid.ThreadPoolExecutor(1)):
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            with pytest.raises(RuntimeError, match="new thread"):
                executor.submit(double, 1)
        with executor:
            assert executor.submit(double, 2).result(PATIENCE) == 4


def test_a_failed_initializer_lets_nobody_wait(tmp_path):
    """Nor does a task that was cancelled before keep the others from their answer."""
    gate = str(tmp_path / "gate")
    turn = threading.Lock()

    def initialize():
        if turn.acquire(blocking=False):
            return
        wait_for(gate)
        raise ValueError("no")

    executor = braid.ThreadPoolExecutor(2, initializer=initialize)
    hold = threading.Event()
    running = executor.submit(hold.wait, PATIENCE)
    while not running.running():
        time.sleep(0.001)
    rest = [executor.submit(double, n) for n in range(3)]
    rest[0].cancel()
    executor.shutdown(wait=False)
    (tmp_path / "gate").touch()
    for future in rest[1:]:
        with pytest.raises(concurrent.futures.BrokenExecutor):
            future.result(PATIENCE)
    hold.set()
    assert in_time(executor.shutdown)


def test_a_fork_has_nothing_to_wait_for_in_a_process_executor():
    with braid.ProcessPoolExecutor(1) as executor:
        assert executor.submit(double, 1).result(PATIENCE) == 2
        with Held(executor._tasks.lock):

            def leave():
                executor.shutdown()
                threading._shutdown()

            assert ends_well(leave)
        assert executor.submit(double, 2).result(PATIENCE) == 4


def test_a_fork_gets_threads_of_its_own():
    with braid.ThreadPoolExecutor(1) as executor:
        assert executor.submit(double, 1).result(PATIENCE) == 2
        with Held(executor._shared.lock):

            def work():
                assert executor.submit(double, 2).result(PATIENCE) == 4
                executor.shutdown()

            assert ends_well(work)
        assert executor.submit(double, 3).result(PATIENCE) == 6


def test_a_fork_has_caches_of_its_own():
    with braid.Runner(backend="processes", workers=1) as runner:
        assert runner.map(double, [1]) == [2]
        with Held(runner._keeper.lock):
            assert ends_well(lambda: runner.map(double, [2]))


def test_submit_cancel_callbacks_and_shutdown_from_many_threads():
    """No order of these loses a future, whatever the interpreter's thread switches hit."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for kind in (braid.ProcessPoolExecutor, braid.ThreadPoolExecutor):
            for turn in range(3):
                storm(kind, turn)
    finally:
        sys.setswitchinterval(before)


def storm(kind, turn):
    executor = kind(2)
    futures = []
    more = []

    def again(future):
        if not future.cancelled() and future.exception() is None and len(more) < 200:
            try:
                more.append(executor.submit(double, 1))
            except RuntimeError:
                return

    def submit(number):
        for n in range(60):
            try:
                future = executor.submit(double, n)
            except RuntimeError:
                return
            futures.append(future)
            if n % 3 == 0:
                future.add_done_callback(again)
            if n % 5 == number % 5:
                future.cancel()

    threads = [threading.Thread(target=submit, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    if turn == 1:
        executor.shutdown(wait=False)
    elif turn == 2:
        executor.shutdown(wait=False, cancel_futures=True)
    for thread in threads:
        thread.join(PATIENCE)
    executor.shutdown()
    everything = futures + more
    assert not concurrent.futures.wait(everything, PATIENCE).not_done
    assert all(future.cancelled() or future.exception() is None for future in everything)


def test_a_pool_is_opened_with_what_it_may_need_later():
    options = _options.Options().replaced(
        backend="processes", start_method="fork", initializer=take_first, initargs=([1],)
    )
    pool = _pools.ProcessPool(options, 1)
    key = id(pool.initializer)
    assert key in _initializer.inherited
    pool.close()
    del pool
    assert key not in _initializer.inherited
