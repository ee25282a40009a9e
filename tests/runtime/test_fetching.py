"""Future.result(): the thread that wants a result takes it itself, and nobody is left waiting."""

import concurrent.futures
import os
import signal
import threading
import time

import braid
import pytest

LONG = 30  # seconds: only a hang takes that


def double(number):
    return 2 * number


def nap(seconds):
    time.sleep(seconds)
    return seconds


def die(signal_number):
    time.sleep(0.1)
    os.kill(os.getpid(), signal_number)


def fail(text):
    raise LookupError(text)


class Odd:
    """Comes back through code of its own."""

    def __init__(self, number):
        self.number = number

    def __reduce__(self):
        return rebuild_odd, (self.number,)


def rebuild_odd(number):
    threading.Event().wait(0.001)  # another thread runs meanwhile
    return Odd(number)


class Unreadable:
    def __reduce__(self):
        return int, ("no number",)


def make(kind, number):
    return {"odd": Odd, "list": lambda n: [n], "unreadable": lambda n: Unreadable()}[kind](number)


@pytest.fixture(params=["forkserver", "fork"])
def executor(request):
    with braid.ProcessPoolExecutor(2, mp_context=request.param) as executor:
        executor.submit(double, 1).result(LONG)
        yield executor


def test_results_of_all_kinds(executor):
    for number in range(50):
        assert executor.submit(double, number).result(LONG) == 2 * number
        assert executor.submit(make, "list", number).result(LONG) == [number]
        assert executor.submit(make, "odd", number).result(LONG).number == number
        with pytest.raises(LookupError):
            executor.submit(fail, "it").result(LONG)
        assert executor.submit(double, number).exception(LONG) is None
        assert isinstance(executor.submit(fail, "it").exception(LONG), LookupError)
    with pytest.raises(ValueError):
        executor.submit(make, "unreadable", 1).result(LONG)
    assert executor.submit(bytes, 200_000).result(LONG) == bytes(200_000)


def test_many_threads_at_once(executor):
    wrong = []

    def trips(first):
        for number in range(first, first + 150):
            if executor.submit(double, number).result(LONG) != 2 * number:
                wrong.append(number)

    threads = [threading.Thread(target=trips, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * LONG)
        assert not thread.is_alive()
    assert not wrong


def test_beside_callbacks_and_waits(executor):
    seen = []
    for number in range(100):
        other = executor.submit(double, number)
        other.add_done_callback(lambda future: seen.append(future.result()))
        assert executor.submit(double, number).result(LONG) == 2 * number
        third = executor.submit(double, number)
        assert concurrent.futures.wait([other, third], LONG).done == {other, third}
    deadline = time.monotonic() + LONG
    while len(seen) < 100 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert sorted(seen) == [2 * n for n in range(100)]


def test_two_threads_want_the_same(executor):
    found = []
    for number in range(30):
        future = executor.submit(nap, 0.002)
        other = threading.Thread(target=lambda f=future: found.append(f.result(LONG)))
        other.start()
        assert future.result(LONG) == 0.002
        other.join(LONG)
        assert len(found) == number + 1


def test_a_time_out_leaves_the_result_for_later(executor):
    future = executor.submit(nap, 0.3)
    began = time.monotonic()
    with pytest.raises(concurrent.futures.TimeoutError):
        future.result(0.05)
    assert time.monotonic() - began < 0.25
    with pytest.raises(concurrent.futures.TimeoutError):
        future.result(0)
    assert future.result(LONG) == 0.3


def test_a_killed_worker_is_told_to_who_waits(executor):
    with pytest.raises(concurrent.futures.process.BrokenProcessPool):
        executor.submit(die, signal.SIGKILL).result(LONG)


def test_a_runner_goes_on_after_a_killed_worker():
    with braid.Runner(backend="processes", workers=2) as runner:
        for number in range(5):
            with pytest.raises(braid.WorkerDied):
                runner.submit(die, signal.SIGKILL).result(LONG)
            assert runner.submit(double, number).result(LONG) == 2 * number


def test_a_worker_that_is_killed_after_its_answer():
    with braid.Runner(backend="processes", workers=1) as runner:
        for number in range(20):
            pid = runner.submit(os.getpid).result(LONG)
            os.kill(pid, signal.SIGKILL)
            try:
                assert runner.submit(double, number).result(LONG) == 2 * number
            except braid.WorkerDied as error:
                assert error.pid == pid


def test_shutdown_while_a_thread_waits(executor):
    future = executor.submit(nap, 0.2)
    found = []
    waiting = threading.Thread(target=lambda: found.append(future.result(LONG)))
    waiting.start()
    time.sleep(0.05)
    executor.shutdown(wait=True)
    waiting.join(LONG)
    assert found == [0.2]


def test_cancelled_ones_are_told(executor):
    futures = [executor.submit(nap, 0.005) for _ in range(150)]
    assert futures[-1].cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        futures[-1].result(LONG)
    assert [future.result(LONG) for future in futures[:-1]] == [0.005] * 149


@pytest.mark.parametrize("delay", [0.0005, 0.005, 0.03, 0.1])
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
            # What was on its way arrives all the same.
            assert {future.result(LONG) for future in futures} <= {0.002}
    finally:
        signal.signal(signal.SIGINT, previous)


def test_ctrl_c_while_a_result_is_read(executor):
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for round_number in range(30):
            timer = threading.Timer(0.001 + 0.0003 * round_number, os.kill,
                                    (os.getpid(), signal.SIGINT))  # fmt: skip
            futures = []
            with pytest.raises(KeyboardInterrupt):
                timer.start()
                while True:
                    futures.append(executor.submit(make, "odd", 1))
                    futures[-1].result(LONG)
            timer.join()
            assert all(future.result(LONG).number == 1 for future in futures)
    finally:
        signal.signal(signal.SIGINT, previous)


def test_on_threads():
    with braid.Runner(backend="threads", workers=2) as runner:
        for number in range(200):
            assert runner.submit(double, number).result(LONG) == 2 * number
            odd = runner.submit(Odd, number).result(LONG)
            assert odd.number == number
        with pytest.raises(LookupError):
            runner.submit(fail, "it").result(LONG)


def test_a_forked_child_takes_nothing():
    with braid.ProcessPoolExecutor(2) as executor:
        executor.submit(double, 1).result(LONG)
        future = executor.submit(nap, 0.3)
        child = os.fork()
        if child == 0:
            try:
                future.result(0.6)
                os._exit(1)
            except concurrent.futures.TimeoutError:
                os._exit(0)
            finally:
                os._exit(2)
        assert future.result(LONG) == 0.3
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
