"""The interpreter's switch interval, while very many threads wait for it."""

import sys
import threading

import braid
import pytest
from braid._switching import FewerSwitches


def interval(_):
    return sys.getswitchinterval()


def test_it_is_longer_for_very_many_threads_and_comes_back():
    before = sys.getswitchinterval()
    assert max(braid.map(interval, range(400), backend="threads", workers=200)) > 1.5 * before
    assert sys.getswitchinterval() == before
    assert set(braid.map(interval, range(50), backend="threads", workers=20)) == {before}


def test_it_comes_back_after_a_failure():
    before = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError):
        braid.map(lambda _: 1 / 0, range(400), backend="threads", workers=200)
    assert sys.getswitchinterval() == before


def test_a_reader_has_it_as_it_was():
    before = sys.getswitchinterval()
    for _ in braid.imap(abs, range(300), backend="threads", workers=150):
        assert sys.getswitchinterval() == before


def test_several_at_once_and_somebody_else():
    before = sys.getswitchinterval()
    inside, over = threading.Barrier(3), threading.Event()

    def hold(factor):
        with FewerSwitches(factor):
            inside.wait(30)
            over.wait(30)

    holders = [threading.Thread(target=hold, args=(count,)) for count in (2, 4)]
    for holder in holders:
        holder.start()
    inside.wait(30)
    assert abs(sys.getswitchinterval() - 4 * before) < before / 10
    over.set()
    for holder in holders:
        holder.join()
    assert sys.getswitchinterval() == before
    try:
        with FewerSwitches(2):
            sys.setswitchinterval(0.003)
        assert abs(sys.getswitchinterval() - 0.003) < 1e-6
    finally:
        sys.setswitchinterval(before)


def test_many_workers_get_several_items_at_once():
    with braid.Runner(backend="threads", workers=160) as runner:
        assert runner.map(abs, range(-1600, 0)) == list(range(1600, 0, -1))
    assert braid.last_run().batches <= 160
