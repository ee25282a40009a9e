"""What all executors share: their Future, and how they end with the interpreter."""

from __future__ import annotations

import os
import threading
import weakref
from concurrent.futures import _base

from ._state import every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

open_executors: weakref.WeakSet[Any] = weakref.WeakSet()
_exiting = False


class Future(_base.Future):  # type: ignore[type-arg]
    """The result of a task to come."""


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
