"""The queue of a thread executor, and futures that are filled without a lock."""

import concurrent.futures
import copy
import gc
import os
import pickle
import signal
import threading
import time
import weakref

import braid
import pytest

LONG = 30  # seconds: only a hang takes that


def double(number):
    return 2 * number


def nap(seconds):
    time.sleep(seconds)
    return seconds


def fail(text):
    raise LookupError(text)


@pytest.fixture
def executor():
    with braid.ThreadPoolExecutor(2) as executor:
        yield executor


def test_results_and_failures_one_by_one(executor):
    for number in range(500):
        assert executor.submit(double, number).result(LONG) == 2 * number
        with pytest.raises(LookupError):
            executor.submit(fail, "it").result()
        assert executor.submit(double, number).exception() is None
        assert isinstance(executor.submit(fail, "it").exception(LONG), LookupError)
    assert executor.submit(double, 3).result(0.0 + LONG) == 6


def test_many_threads_want_the_same_and_their_own(executor):
    found = []

    def trips(shared):
        for number in range(100):
            assert executor.submit(double, number).result(LONG) == 2 * number
        found.append(shared.result(LONG))

    shared = executor.submit(nap, 0.1)
    threads = [threading.Thread(target=trips, args=(shared,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert found == [0.1] * 6


def test_beside_callbacks_waits_and_iteration(executor):
    seen = []
    for number in range(200):
        one, two, three = (executor.submit(double, number) for _ in range(3))
        one.add_done_callback(lambda future: seen.append(future.result()))
        assert concurrent.futures.wait([one, two], LONG).done == {one, two}
        assert [f.result() for f in concurrent.futures.as_completed([three], LONG)] == [2 * number]
        assert two.result() == 2 * number
    executor.shutdown()
    assert sorted(seen) == [2 * number for number in range(200)]


def test_who_waits_does_not_wait_for_callbacks(executor):
    over = threading.Event()
    future = executor.submit(nap, 0.05)
    future.add_done_callback(lambda _: over.wait(LONG))
    began = time.monotonic()
    assert future.result(LONG) == 0.05
    assert time.monotonic() - began < LONG / 2
    over.set()


def test_who_waits_for_what_is_cancelled_is_told():
    with braid.ThreadPoolExecutor(1) as executor:
        over = threading.Event()
        executor.submit(over.wait, LONG)
        waiting = executor.submit(double, 1)
        threading.Timer(0.05, waiting.cancel).start()
        with pytest.raises(concurrent.futures.CancelledError):
            waiting.result(LONG)
        assert waiting.done()
        over.set()


def test_a_time_out_leaves_the_result_for_later(executor):
    future = executor.submit(nap, 0.3)
    for seconds in (0, 0.05, -1):
        with pytest.raises(concurrent.futures.TimeoutError):
            future.result(seconds)
        with pytest.raises(concurrent.futures.TimeoutError):
            future.exception(seconds)
    assert not future.done()
    assert future.result(LONG) == 0.3


@pytest.mark.parametrize("delay", [0.0005, 0.005, 0.03])
def test_ctrl_c_while_waiting(executor, delay):
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for _ in range(15):
            futures = []
            timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
            began = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                timer.start()
                while time.monotonic() - began < LONG:
                    futures.append(executor.submit(nap, 0.002))
                    futures[-1].result(LONG)
            assert time.monotonic() - began < delay + 0.5
            timer.join()
            assert {future.result(LONG) for future in futures} <= {0.002}
    finally:
        signal.signal(signal.SIGINT, previous)


def test_functions_in_c_let_others_in():
    """They have no bytecodes between which the interpreter would."""
    with braid.ThreadPoolExecutor(1) as executor:
        futures = [executor.submit(sum, range(100_000)) for _ in range(300)]
        turns = 0
        while not futures[-1].done():
            turns += 1
            time.sleep(0.001)
        assert turns > 5


def test_nothing_holds_what_is_done(executor):
    class Big:
        pass

    def give(big, bad):
        if bad:
            raise LookupError
        return big

    gc.disable()
    try:
        for bad in (False, True):
            big = Big()
            known = weakref.ref(big)
            future = executor.submit(give, big, bad)
            concurrent.futures.wait([future], LONG)
            executor.submit(double, 1).result(LONG)
            executor.submit(double, 1).result(LONG)
            if bad:
                future.exception().__traceback__ = None
            del big, future
            deadline = time.monotonic() + LONG
            while known() is not None and time.monotonic() < deadline:
                time.sleep(0.001)
            assert known() is None
    finally:
        gc.enable()


def test_a_future_cannot_be_pickled(executor):
    future = executor.submit(double, 1)
    with pytest.raises(TypeError):
        pickle.dumps(future)
    assert copy.copy(future).result(LONG) == 2


def test_threads_of_a_lost_executor_leave():
    executor = braid.ThreadPoolExecutor(3)
    assert [executor.submit(nap, 0.01).result() for _ in range(3)] == [0.01] * 3
    threads = list(executor._threads)
    del executor
    gc.collect()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()


def test_a_child_has_threads_of_its_own(executor):
    executor.submit(double, 1).result(LONG)
    child = os.fork()
    if child == 0:
        os._exit(0 if executor.submit(double, 4).result(LONG) == 8 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert executor.submit(double, 2).result(LONG) == 4
