"""What all executors share: their Future, and how they end with the interpreter."""

from __future__ import annotations

import os
import threading
import time
import weakref
from concurrent.futures import _base

from ._state import every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

open_executors: weakref.WeakSet[Any] = weakref.WeakSet()
_exiting = False


class Future(_base.Future):  # type: ignore[type-arg]
    """The result of a task to come."""

    # Who may be asked to fetch it in the thread that wants it: (weak reference, number).
    _source: tuple[Callable[[], Any], int] | None = None

    def result(self, timeout: float | None = None) -> Any:
        if self._state == _base.RUNNING:
            timeout = self._fetch(timeout)
        try:
            return super().result(timeout)
        finally:
            self = None  # type: ignore[assignment] # else an error would hold itself

    def exception(self, timeout: float | None = None) -> BaseException | None:
        if self._state == _base.RUNNING:
            timeout = self._fetch(timeout)
        return super().exception(timeout)

    def _fetch(self, timeout: float | None) -> float | None:
        """What is left of the time-out."""
        if self._source is None:
            return timeout
        tasks, number = self._source[0](), self._source[1]
        if tasks is None:
            return timeout
        if timeout is None:
            tasks.fetch(self, number, -1.0)
            return None
        until = time.monotonic() + timeout
        tasks.fetch(self, number, max(0.0, timeout))
        return until - time.monotonic()


def refuse_at_exit() -> None:
    if _exiting:
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")


def _forget() -> None:
    """In a fork: their threads are the parent's."""
    for executor in every(open_executors):
        executor._after_fork()
    open_executors.clear()


def _at_exit() -> None:
    """What was submitted is finished before the interpreter ends, as concurrent.futures does."""
    global _exiting
    _exiting = True
    for executor in every(open_executors):
        executor.shutdown(wait=True)


os.register_at_fork(after_in_child=_forget)
threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
