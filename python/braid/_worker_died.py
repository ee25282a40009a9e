"""Errors of dead workers, apart from the others because concurrent.futures.process is slow to
import."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

from ._errors import BraidError


class BrokenPool(BraidError, BrokenProcessPool):
    """A worker of an executor died, or its initializer failed."""


class WorkerDied(BraidError, BrokenProcessPool):
    """A worker process ended while it had an item in hand.

    index, item (repr), pid, signal (a number or None), exitcode (or None), attempts, oom (whether
    the kernel killed it for memory), stack (what the dying interpreter said, or "").
    """

    index: int | None
    item: str
    pid: int
    signal: int | None
    exitcode: int | None
    attempts: int
    oom: bool
    stack: str
