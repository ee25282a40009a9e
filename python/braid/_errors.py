"""What can go wrong, as exceptions: all of them can be pickled, and say which item it was."""

from __future__ import annotations

import pickle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "BraidError",
    "ErrorInfo",
    "InitializerFailed",
    "ItemTimeout",
    "JournalMismatch",
    "NotPicklable",
    "NotSupported",
    "RemoteError",
    "error_info",
]

LONGEST_REPR = 200


class BraidError(Exception):
    """The base of Braid's own errors. Keywords become attributes, and survive pickling."""

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.__dict__.update(facts)

    def __reduce__(self) -> Any:
        return rebuild, (type(self), str(self), dict(self.__dict__))


def rebuild(kind: type[BraidError], message: str, facts: dict[str, Any]) -> BraidError:
    error = kind(message)
    error.__dict__.update(facts)
    return error


class InitializerFailed(BraidError):
    """The initializer of a worker raised, or the worker died in it."""


class ItemTimeout(BraidError, TimeoutError):
    """An item took longer than ``timeout``: index, item, attempts."""

    index: int
    item: str
    attempts: int


class NotPicklable(BraidError, pickle.PicklingError):
    """Something cannot cross to another process: what, path, type_name, index."""

    what: str
    path: str
    type_name: str
    index: int | None


class RemoteError(BraidError):
    """Stands for an exception of a worker whose class cannot be rebuilt here."""

    type_name: str


class JournalMismatch(BraidError):
    """The journal belongs to another function, or another writer has it."""


class NotSupported(BraidError):
    """This machine or this combination of options cannot do what was asked."""


class ErrorInfo:
    """Where an exception came from: index, item (its repr, shortened), pid, attempts, traceback."""

    __slots__ = ("attempts", "index", "item", "pid", "traceback")

    def __init__(
        self, index: int, item: str, pid: int | None, attempts: int, traceback: str
    ) -> None:
        self.index = index
        self.item = item
        self.pid = pid
        self.attempts = attempts
        self.traceback = traceback

    def __repr__(self) -> str:
        return (
            f"ErrorInfo(index={self.index}, item={self.item}, pid={self.pid}, "
            f"attempts={self.attempts})"
        )


def error_info(exception: BaseException) -> ErrorInfo | None:
    """What Braid knows about an exception that a call raised or returned; None if it came
    from elsewhere."""
    info = getattr(exception, "__braid_info__", None)
    return info if isinstance(info, ErrorInfo) else None


def attach_info(exception: BaseException, info: ErrorInfo) -> None:
    """Slotted exceptions may refuse it; the exception itself matters more."""
    try:
        exception.__braid_info__ = info  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        pass


def traceback_text(error: BaseException) -> str:
    """As the interpreter shows it; empty where it cannot be made (no stack is left, say)."""
    import traceback

    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:
        return ""


def short_repr(value: object) -> str:
    """repr of at most 200 characters, which never raises."""
    try:
        text = repr(value)
    except Exception as error:  # the user's __repr__
        text = f"<{type(value).__name__} whose repr raised {type(error).__name__}>"
    return text if len(text) <= LONGEST_REPR else text[: LONGEST_REPR - 1] + "…"


def worker_died(
    message: str, death: Any, index: int | None, item: str, attempts: int
) -> BraidError:
    """WorkerDied for a worker's end. Its class is made when it is first needed: its base lives in a
    module that is slow to import."""
    from . import _worker_died

    return _worker_died.WorkerDied(
        message,
        index=index,
        item=item,
        pid=death.pid,
        signal=death.signal,
        exitcode=death.exitcode,
        attempts=attempts,
        oom=death.oom,
        stack=death.stack,
    )
