"""map, imap and starmap give what the builtin gives, on every backend."""

import os
import threading
import time

import braid
import pytest


def square(number):
    return number * number


def add(first, second):
    return first + second


def identity(value):
    return value


def nap(seconds):
    time.sleep(seconds)
    return seconds


@pytest.mark.parametrize("count", [0, 1, 2, 7, 1000])
def test_map_is_the_builtin(backend, count):
    assert braid.map(square, range(count), **backend) == [square(n) for n in range(count)]


def test_calls_in_a_row(backend):
    for count in (3, 500, 1, 0, 20):
        assert braid.map(square, range(count), **backend) == [n * n for n in range(count)]


def test_several_iterables_end_with_the_shortest(backend):
    assert braid.map(add, range(10), [1, 2, 3], **backend) == [1, 3, 5]


def test_starmap(backend):
    assert braid.starmap(add, [(1, 2), [3, 4], iter((5, 6))], **backend) == [3, 7, 11]


def test_imap_in_order(backend):
    with braid.imap(square, iter(range(300)), **backend) as results:
        assert list(results) == [n * n for n in range(300)]


def test_unordered_has_the_same_results(backend):
    results = braid.map(square, range(500), ordered=False, **backend)
    assert sorted(results) == [n * n for n in range(500)]


def test_lambdas_and_closures(backend):
    offset = 10
    assert braid.map(lambda n: n + offset, range(20), **backend) == list(range(10, 30))


VALUES = [
    None,
    True,
    False,
    0,
    -1,
    2**62,
    2**63,
    -(2**63),
    10**40,
    1.5,
    float("inf"),
    "",
    "text",
    "ä😀",
    "\ud800",
    b"",
    b"\x00\xff",
    (),
    (1, "a", None, 2.5, b"b"),
    ((1, 2), 3),
    tuple(range(100)),
    [1, [2]],
    {"a": {1, 2}},
    "x" * 100_000,
    b"y" * 300_000,
    range(3),
    complex(1, 2),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_values_cross_unchanged(value):
    (result,) = braid.map(identity, [value], backend="processes", workers=1)
    assert result == value
    assert type(result) is type(value)


def test_many_values_in_one_batch(backend):
    assert braid.map(identity, VALUES, **backend) == VALUES


def test_sharing_within_an_item_but_not_between_items(processes):
    one = [1]

    def is_shared(pair):
        return pair[0] is pair[1]

    assert braid.map(is_shared, [(one, one)] * 4, batch=4, **processes) == [True] * 4
    shared = []

    def touch(values):
        values.append(1)
        return len(values)

    assert braid.map(touch, [shared] * 8, batch=8, **processes) == [1] * 8
    assert shared == []


def test_endless_input_is_read_within_the_window(backend):
    pulled = []

    def numbers():
        number = 0
        while True:
            pulled.append(number)
            yield number
            number += 1

    with braid.imap(identity, numbers(), window=50, **backend) as results:
        for expected in range(200):
            assert next(results) == expected
            assert len(pulled) - expected <= 51


def test_inputs_are_pulled_in_the_calling_thread(backend):
    import threading

    def threads():
        for _ in range(20):
            yield threading.get_ident()

    assert set(braid.map(identity, threads(), **backend)) == {threading.get_ident()}


def test_a_late_long_item_does_not_wait_in_a_batch():
    """Items are claimed one by one: two workers share what one of them could have hoarded."""
    delays = [0.0] * 2000 + [0.2] * 4
    found = braid.map(
        lambda seconds: (nap(seconds), braid.worker_id())[1], delays, backend="threads", workers=4
    )
    assert sorted(found[-4:]) == [0, 1, 2, 3]  # each of them had one


def test_closing_early_leaves_nothing_running(backend, tmp_path):
    log = tmp_path / "log"

    def note(number):
        time.sleep(0.01)
        with open(log, "a", encoding="ascii") as file:
            file.write(f"{number}\n")
        return number

    with braid.imap(note, range(1000), **backend) as results:
        assert next(results) == 0
    written = log.read_text(encoding="ascii")
    time.sleep(0.05)
    assert log.read_text(encoding="ascii") == written
    assert len(written.split()) < 500


def test_workers_are_other_processes(processes):
    pids = set(braid.map(lambda _: (time.sleep(0.05), os.getpid())[1], range(4), **processes))
    assert os.getpid() not in pids


def test_nested_calls_are_serial(backend):
    def inner(number):
        return sum(braid.map(square, range(number))), braid.last_run().backend

    expected = [(sum(n * n for n in range(number)), "serial") for number in range(5)]
    found = braid.map(inner, range(5), **backend)
    if backend["backend"] != "serial":
        assert found == expected
    else:
        assert [value for value, _ in found] == [value for value, _ in expected]


def test_two_threads_at_once(backend):
    import threading

    answers = {}

    def call(name):
        answers[name] = braid.map(add, range(200), [name] * 200, **backend)

    threads = [threading.Thread(target=call, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == {name: [n + name for n in range(200)] for name in range(3)}


def test_last_run_tells(backend):
    braid.map(square, range(10), **backend)
    run = braid.last_run()
    assert run.backend == backend["backend"]
    assert (run.items, run.failed, run.retried, run.died) == (10, 0, 0, 0)
    assert run.start_method == (
        backend.get("start_method", "forkserver") if run.backend == "processes" else None
    )


def test_the_engine_counts_items():
    before = braid.engine_stats()["items"]
    braid.map(square, range(123), backend="processes", workers=2)
    assert braid.engine_stats()["items"] - before == 123


def test_results_that_wait_are_bounded_in_bytes(processes, tmp_path):
    """Behind a slow first item no more than the window's 64 MB pile up."""
    gate = tmp_path / "gate"
    pulled = []

    def numbers():
        for number in range(400):
            pulled.append(number)
            yield number

    def work(number):
        while number == 0 and not gate.exists():
            time.sleep(0.005)
        return bytes(1 << 20)

    results = braid.imap(work, numbers(), **processes)
    opener = threading.Timer(1.0, gate.touch)
    opener.start()
    assert len(next(results)) == 1 << 20
    assert len(pulled) < 150
    assert sum(map(len, results)) == 399 << 20
    opener.join()


def test_large_inputs_are_not_read_far_ahead(processes):
    """A generator of 100 kB items stays within megabytes, although each item takes no time."""
    ahead = []
    done = 0

    def blocks():
        for number in range(3000):
            ahead.append(number - done)
            yield bytes([number % 256]) * 100_000

    for expected, result in enumerate(braid.imap(len, blocks(), **processes)):
        assert result == 100_000
        done = expected + 1
    assert done == 3000
    assert max(ahead) < 1600
