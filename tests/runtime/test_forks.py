"""A fork of the caller's process has copies: what it does to results and calls stays its own."""

import os
import sys

import braid
import pytest


def in_a_fork(work):
    """Does it in a child that ends as a program does; its exit status."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except SystemExit as left:
            os._exit(left.code)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_fork_has_arrays_of_its_own():
    numpy = pytest.importorskip("numpy")
    with braid.Runner(backend="processes", workers=1) as runner:
        found = runner.map(lambda n: numpy.full(50_000, n), range(4))

        def spoil():
            assert [int(array[7]) for array in found] == [0, 1, 2, 3]
            found[1][:] = -1
            found.clear()

        assert in_a_fork(spoil) == 0
        assert [int(array.sum()) for array in found] == [50_000 * n for n in range(4)]
        # What the fork has, too, is not written again when it is dropped here.
        kept = found.pop()
        ready, go = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(ready[1], b"x")
            os.read(go[0], 1)
            os._exit(0 if int(kept.sum()) == 150_000 else 1)
        os.read(ready[0], 1)
        del kept
        found.clear()
        runner.map(lambda n: numpy.full(50_000, 9 + n), range(8))
        os.write(go[1], b"x")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        for descriptor in (*ready, *go):
            os.close(descriptor)


def test_a_fork_that_drops_results_does_not_end_the_parents_call():
    held = [braid.imap(abs, range(50_000), backend="processes", workers=2)]
    assert next(held[0]) == 0

    def leave():
        held.pop().close()
        held.clear()
        sys.exit(3)

    assert in_a_fork(leave) == 3
    assert sum(held[0]) == sum(range(50_000))


def test_a_workers_own_fork_does_not_free_what_the_worker_reads():
    numpy = pytest.importorskip("numpy")

    def look(array):
        pid = os.fork()
        if pid == 0:
            del array
            os._exit(0)
        os.waitpid(pid, 0)
        return int(array[0]), int(array[-1])

    items = (numpy.full(50_000, n) for n in range(60))
    found = braid.map(look, items, backend="processes", workers=2)
    assert found == [(n, n) for n in range(60)]
