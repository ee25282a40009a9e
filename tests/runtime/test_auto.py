"""What backend="auto" takes for waiting, and what for computing."""

import time

from braid import _auto, _options
from braid._tasks import Stats, Task


def looked_at(*, wall, cpu, ran, pauses):
    chosen = []

    def open_rest(backend, *_):
        chosen.append(backend)

    options = _options.check({"backend": "auto", "workers": 2})
    call = _auto.AutoCall(Task(abs, Task.ONE), range(1000), options, 1000, Stats(), open_rest)
    call.done = 100
    call.wall = call.all_wall = wall
    call.cpu, call.ran, call.pauses = cpu, ran, pauses
    call._look()
    return chosen


def test_items_that_pause_wait_though_they_stand_in_line_for_a_processor():
    assert looked_at(wall=0.2, cpu=0.18, ran=0.01, pauses=100) == ["threads"]


def test_a_computation_that_stands_in_line_computes():
    assert looked_at(wall=0.2, cpu=0.18, ran=0.05, pauses=3) == ["processes"]


def test_pauses_are_counted():
    before = _auto.pauses()
    for _ in range(20):
        time.sleep(0.0005)
    here = _auto.pauses() - before
    assert here >= 10
