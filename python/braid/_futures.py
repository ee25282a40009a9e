"""What all executors share: their Future, and how they end with the interpreter."""

from __future__ import annotations

import os
import threading
import time
import weakref
from concurrent.futures import _base

from . import _engine
from ._state import every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

open_executors: weakref.WeakSet[Any] = weakref.WeakSet()
_exiting = False

UNDONE = (_base.PENDING, _base.RUNNING)


class Future(_base.Future):  # type: ignore[type-arg]
    """The result of a task to come.

    Its condition and lists are made when somebody first asks for them; from then on it is
    `_watched`. Until then the engine fills it without a lock, and calls who waits in result().
    """

    _state = _base.PENDING
    _result = None
    _exception = None
    _watched = False
    # Who may be asked to fetch it in the thread that wants it: (weak reference, number).
    _source: tuple[Callable[[], Any], int] | None = None

    if not TYPE_CHECKING:
        __init__ = object.__init__  # all that there is stands above

    def __getattr__(self, name: str) -> Any:
        if name == "_condition":
            self._watched = True
            return self.__dict__.setdefault(name, threading.Condition())
        if name in ("_waiters", "_done_callbacks"):
            return self.__dict__.setdefault(name, [])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __getstate__(self) -> Any:
        """With a lock in it, so that it cannot be pickled: the copy would never be done."""
        return {"_condition": self._condition, **self.__dict__}

    def result(self, timeout: float | None = None) -> Any:
        if self._state in UNDONE:
            timeout = self._await(timeout)
        if self._state == _base.FINISHED and self._exception is None:
            return self._result
        try:
            return super().result(timeout)
        finally:
            self = None  # type: ignore[assignment] # else an error would hold itself

    def exception(self, timeout: float | None = None) -> BaseException | None:
        if self._state in UNDONE:
            timeout = self._await(timeout)
        if self._state == _base.FINISHED:
            return self._exception
        return super().exception(timeout)

    def done(self) -> bool:
        return self._state not in UNDONE

    def _invoke_callbacks(self) -> None:
        """Once it is done: those who wait in result() do not wait for callbacks."""
        _engine.call_waiting(self)
        super()._invoke_callbacks()  # type: ignore[misc]

    def _await(self, timeout: float | None) -> float | None:
        """What is left of the time-out."""
        if timeout is None:
            self._fetch(-1.0)
            _engine.await_done(self, -1.0)
            return None
        until = time.monotonic() + timeout
        self._fetch(max(0.0, timeout))
        _engine.await_done(self, max(0.0, until - time.monotonic()))
        return until - time.monotonic()

    def _fetch(self, timeout: float) -> None:
        if self._source is not None and self._state == _base.RUNNING:
            tasks, number = self._source[0](), self._source[1]
            if tasks is not None:
                tasks.fetch(self, number, timeout)


def refuse_at_exit() -> None:
    if _exiting:
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")


def _forget() -> None:
    """In a fork: their threads are the parent's."""
    _engine.forget_waiting()
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
