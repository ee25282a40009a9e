"""The right error, naming the item, and the next call right."""

import gc
import os
import signal
import sys
import threading
import time
import weakref

import braid
import pytest


class TwoArguments(Exception):
    def __init__(self, first, second):
        super().__init__(first)
        self.second = second


class Probe:
    pass


@pytest.fixture
def no_collector():
    """What is left then is not held by itself."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def fail_at(bad, error=ValueError):
    def run(number):
        if number in bad:
            raise error(f"bad {number}")
        return number

    return run


def works(backend):
    return braid.map(lambda n: n, range(50), **backend) == list(range(50))


def test_the_first_failure_in_order_is_raised(backend):
    with pytest.raises(ValueError, match="^bad 30$") as caught:
        braid.map(fail_at({30, 31, 70}), range(100), **backend)
    info = braid.error_info(caught.value)
    assert (info.index, info.item, info.attempts) == (30, "30", 1)
    assert "bad 30" in info.traceback or backend["backend"] == "threads"
    assert works(backend)


def test_imap_yields_all_before_the_failure(backend):
    results = braid.imap(fail_at({30}), range(100), **backend)
    got = []
    with pytest.raises(ValueError, match="bad 30"):
        for result in results:
            got.append(result)
    assert got == list(range(30))
    with pytest.raises(StopIteration):
        next(results)
    assert works(backend)


def test_a_failure_does_not_keep_its_frames(backend, no_collector):
    def work(probe):
        try:
            braid.map(fail_at({3}), range(8), **backend)
        except ValueError:
            return weakref.ref(probe)

    left = work(Probe())
    assert left() is None


@pytest.mark.parametrize("executor", [braid.ThreadPoolExecutor, braid.ProcessPoolExecutor])
def test_a_failed_call_does_not_keep_its_frames(executor, no_collector):
    def work(probe):
        with executor(1) as pool:
            future = pool.submit(divmod, 1, 0)
            try:
                future.result()
            except ZeroDivisionError:
                return weakref.ref(probe)
            finally:
                future = None

    left = work(Probe())
    assert left() is None


def test_failures_in_their_place(backend):
    results = braid.map(fail_at({3, 5}), range(8), on_error="return", **backend)
    assert [repr(r) for r in results] == [
        "0", "1", "2", "ValueError('bad 3')", "4", "ValueError('bad 5')", "6", "7",
    ]  # fmt: skip
    assert braid.error_info(results[3]).index == 3


def test_failures_left_out(backend):
    assert braid.map(fail_at({3, 5}), range(8), on_error="skip", **backend) == [0, 1, 2, 4, 6, 7]


def test_an_exception_whose_class_takes_two_arguments(backend):
    def run(number):
        raise TwoArguments("one", number)

    with pytest.raises(TwoArguments) as caught:
        braid.map(run, [7], **backend)
    assert caught.value.second == 7
    assert caught.value.args == ("one",)
    assert works(backend)


def test_the_remote_traceback_is_the_cause(processes):
    with pytest.raises(ValueError) as caught:
        braid.map(fail_at({0}), [0], **processes)
    assert "in run" in str(caught.value.__cause__)


def test_an_exception_of_a_class_that_cannot_be_rebuilt(processes):
    class Lock(Exception):
        def __init__(self):
            super().__init__(threading.Lock())

    def run(_):
        raise Lock

    with pytest.raises(braid.RemoteError, match="Lock") as caught:
        braid.map(run, [1], **processes)
    assert braid.error_info(caught.value).index == 0
    assert works(processes)


def test_a_result_that_cannot_be_pickled(processes):
    with pytest.raises(braid.NotPicklable) as caught:
        braid.map(lambda n: {"lock": threading.Lock()} if n == 2 else n, range(5), **processes)
    error = caught.value
    assert (error.what, error.index, error.type_name) == ("result", 2, "lock")
    assert error.path == "result['lock']"
    assert works(processes)


def test_an_item_that_cannot_be_pickled(processes):
    items = [1, 2, threading.Lock(), 4]
    with pytest.raises(braid.NotPicklable) as caught:
        braid.map(str, items, **processes)
    assert (caught.value.what, caught.value.index) == ("item", 2)
    found = braid.map(str, items, on_error="return", **processes)
    assert found[:2] == ["1", "2"]
    assert isinstance(found[2], braid.NotPicklable)
    assert found[3] == "4"
    assert works(processes)


def test_a_function_that_cannot_be_pickled(processes):
    lock = threading.Lock()

    def run(_):
        return lock

    with pytest.raises(braid.NotPicklable) as caught:
        braid.map(run, [1], **processes)
    assert caught.value.path == "function.lock"
    assert works(processes)


def test_a_result_that_cannot_be_read_fails_its_item_only(processes):
    class Bomb:
        def __reduce__(self):
            return eval, ("1/0",)

    found = braid.map(lambda n: Bomb() if n == 2 else n, range(4), on_error="return", **processes)
    assert found[:2] == [0, 1]
    assert isinstance(found[2], ZeroDivisionError)
    assert found[3] == 3


def test_an_iterator_that_raises_comes_after_the_results(backend):
    def numbers():
        yield from range(10)
        raise KeyError("input")

    results = braid.imap(lambda n: n, numbers(), **backend)
    got = []
    with pytest.raises(KeyError, match="input"):
        for result in results:
            got.append(result)
    assert got == list(range(10))
    assert works(backend)


@pytest.mark.parametrize("bad", [0, 1, 137, 1999])
def test_a_killed_worker_names_its_item(processes, bad):
    def run(number):
        if number == bad:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(braid.WorkerDied) as caught:
        braid.map(run, range(2000), **processes)
    error = caught.value
    assert (error.index, error.item, error.signal, error.attempts) == (bad, str(bad), 9, 1)
    assert error.exitcode is None
    assert error.pid != os.getpid()
    assert works(processes)


def test_no_item_begins_twice_when_a_worker_dies(processes, tmp_path):
    log = os.open(tmp_path / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.set_inheritable(log, True)
    path = str(tmp_path / "log")

    def run(number):
        with open(path, "a", encoding="ascii") as file:
            file.write(f"{number}\n")
        if number in (40, 90):
            os._exit(3)
        return number

    found = braid.map(run, range(300), on_error="return", **processes)
    os.close(log)
    died = [index for index, value in enumerate(found) if not isinstance(value, int)]
    assert died == [40, 90]
    assert found[40].exitcode == 3
    with open(path, encoding="ascii") as file:
        begun = sorted(int(line) for line in file)
    assert begun == list(range(300))


def test_retries_survive_deaths_and_failures(processes, tmp_path):
    def run(number):
        mark = tmp_path / str(number)
        if number % 10 == 3 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if number % 10 == 5 and not mark.exists():
            mark.touch()
            raise OSError("once")
        return number

    assert braid.map(run, range(40), retries=1, **processes) == list(range(40))
    assert braid.last_run().retried == 8
    assert braid.last_run().died == 4


def test_a_failure_further_on_takes_no_attempt_from_an_earlier_item(backend, tmp_path):
    def run(number):
        tries = tmp_path / str(number)
        with open(tries, "a", encoding="ascii") as file:
            file.write("x")
        if number == 0 and len(tries.read_text()) == 1:
            later = tmp_path / "1"
            while backend["backend"] != "serial" and (
                not later.exists() or len(later.read_text()) < 2
            ):
                time.sleep(0.005)
            time.sleep(0.2)  # until that is known
            raise OSError("once")
        if number == 1:
            raise ValueError("for good")
        return number

    got = []
    with pytest.raises(ValueError, match="for good") as caught:
        for result in braid.imap(run, range(2), retries=1, batch=1, **backend):
            got.append(result)
    assert got == [0]
    assert braid.error_info(caught.value).index == 1
    assert len((tmp_path / "0").read_text()) == 2


def test_retries_are_counted(backend):
    calls = []

    def run(number):
        calls.append(number)
        raise ValueError("always")

    with pytest.raises(ValueError, match="always") as caught:
        braid.map(run, [1], retries=2, **backend)
    assert braid.error_info(caught.value).attempts == 3


def test_an_initializer_that_raises(processes):
    def fail():
        raise LookupError("no model")

    with pytest.raises(braid.InitializerFailed, match="no model") as caught:
        braid.map(str, range(5), initializer=fail, **processes)
    assert isinstance(caught.value.__cause__, LookupError)
    assert works(processes)


def test_an_initializer_that_dies(processes):
    with pytest.raises(braid.InitializerFailed, match="SIGKILL"):
        braid.map(
            str, range(5), initializer=lambda: os.kill(os.getpid(), signal.SIGKILL), **processes
        )
    assert works(processes)


def test_initializers_run_in_every_worker(processes):
    def begin(value):
        import builtins

        builtins.braid_test_value = value

    def read(_):
        import builtins

        return builtins.braid_test_value

    assert braid.map(read, range(9), initializer=begin, initargs=(5,), **processes) == [5] * 9


def test_a_time_out_names_the_item(processes):
    def run(number):
        if number == 4:
            time.sleep(30)
        return number

    began = time.monotonic()
    with pytest.raises(braid.ItemTimeout) as caught:
        braid.map(run, range(20), timeout=0.3, **processes)
    assert caught.value.index == 4
    assert time.monotonic() - began < 10
    found = braid.map(run, range(20), timeout=0.3, on_error="return", **processes)
    assert [n for n in found if isinstance(n, int)] == [n for n in range(20) if n != 4]
    assert isinstance(found[4], braid.ItemTimeout)
    assert works(processes)


def test_a_thread_over_time_is_given_up():
    release = threading.Event()

    def run(number):
        if number == 4:
            release.wait(20)
        return number

    with pytest.raises(braid.ItemTimeout) as caught:
        braid.map(run, range(20), timeout=0.2, backend="threads", workers=2)
    assert caught.value.index == 4
    release.set()
    assert works({"backend": "threads", "workers": 2})


def test_threads_over_time_are_replaced_and_tried_again():
    release = threading.Event()
    calls = []

    def run(number):
        calls.append(number)
        if number in (3, 4) and calls.count(number) < 3:
            release.wait(20)
        return number

    options = {"timeout": 0.2, "backend": "threads", "workers": 2}
    try:
        found = braid.map(run, range(12), on_error="return", **options)
        assert [n for n in found if isinstance(n, int)] == [0, 1, 2, *range(5, 12)]
        assert [(e.index, e.item, e.attempts) for e in found[3:5]] == [(3, "3", 1), (4, "4", 1)]
        calls.clear()
        assert braid.map(run, range(12), retries=2, **options) == list(range(12))
        assert braid.last_run().retried == 4
    finally:
        release.set()


def test_what_a_thread_over_time_gives_later_is_not_taken_for_another_attempt():
    first = threading.Event()

    def run(number):
        if number == 0 and not first.is_set():
            first.set()
            time.sleep(0.5)
            return "late"
        time.sleep(0.6 if number == 0 else 0)
        return number

    found = braid.map(
        run, range(3), timeout=0.3, retries=9, backend="threads", workers=2, on_error="return"
    )
    assert isinstance(found[0], braid.ItemTimeout)
    assert found[1:] == [1, 2]


def test_system_exit_is_raised_here(backend):
    def run(number):
        sys.exit(number)

    with pytest.raises(SystemExit) as caught:
        braid.map(run, [3], **backend)
    assert caught.value.code == 3
    assert works(backend)


def test_stop_iteration_does_not_end_imap(backend):
    def run(_):
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        list(braid.imap(run, [1, 2], **backend))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"workers": 0}, ValueError),
        ({"workers": 1.5}, TypeError),
        ({"workers": True}, TypeError),
        ({"backend": "rockets"}, ValueError),
        ({"start_method": "copy"}, ValueError),
        ({"on_error": "ignore"}, ValueError),
        ({"retries": -1}, ValueError),
        ({"timeout": 0}, ValueError),
        ({"timeout": "1"}, TypeError),
        ({"window": 0}, ValueError),
        ({"batch": 0}, ValueError),
        ({"batch": "big"}, ValueError),
        ({"initializer": 3}, TypeError),
        ({"initargs": (1,)}, ValueError),
        ({"chunksize": 3}, TypeError),
        ({"backend": "serial", "timeout": 1}, ValueError),
    ],
    ids=str,
)
def test_bad_values_are_refused_before_an_input_is_pulled(options, error):
    pulled = []

    def numbers():
        pulled.append(1)
        yield 1

    with pytest.raises(error):
        braid.map(str, numbers(), **options)
    with pytest.raises(error):
        braid.imap(str, numbers(), **options)
    assert pulled == []


def test_what_is_not_callable_or_iterable():
    with pytest.raises(TypeError, match="not callable"):
        braid.map(3, [1])
    with pytest.raises(TypeError, match="not iterable"):
        braid.map(str, 3)
    with pytest.raises(TypeError, match="iterable"):
        braid.map(str)


def test_errors_can_be_pickled():
    import pickle

    from braid._executors import broken_error
    from braid._joblib import as_joblib_raises_it

    for error in (
        braid.WorkerDied("x", index=3, item="3", pid=1, signal=9, exitcode=None, attempts=1),
        braid.ItemTimeout("x", index=3),
        braid.NotPicklable("x", what="item", path="item", type_name="T", index=0),
        broken_error("x"),
        as_joblib_raises_it(braid.ItemTimeout("x", index=3)),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert again.__dict__ == error.__dict__
        assert str(again) == "x"
