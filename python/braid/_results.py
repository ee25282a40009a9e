"""What `imap` gives: results one by one, from work that runs ahead within its window."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, Callable, Generic, TypeVar

R = TypeVar("R")


class Results(Generic[R]):
    """An iterator and a context manager. After close(), nothing of the call runs any more."""

    def __init__(self, call: Any, when_done: Callable[[], None]) -> None:
        self._call = call
        self._when_done = when_done
        self._ready: deque[R] = deque()
        self._open = True
        self._lock = threading.RLock()  # the engine serves one thread at a time
        self._asking = False

    def __iter__(self) -> Iterator[R]:
        return self

    def __next__(self) -> R:
        try:
            return self._ready.popleft()
        except IndexError:
            pass
        with self._lock:
            if self._asking:
                raise ValueError("the inputs of these results ask for the results themselves")
            self._asking = True
            try:
                return self._next()
            finally:
                self._asking = False

    def _next(self) -> R:
        try:
            return self._ready.popleft()  # another thread may have asked for it
        except IndexError:
            pass
        if not self._open:
            raise StopIteration
        try:
            chunk = self._call.next_chunk()
        except StopIteration as error:  # the user's own; it must not look like the end
            self._end()
            raise RuntimeError("the function raised StopIteration") from error
        except BaseException:
            self._end()
            raise
        if chunk is None:
            self._end()
            raise StopIteration
        rest = iter(chunk)
        first: R = next(rest)
        self._ready.extend(rest)
        return first

    def close(self) -> None:
        """Cancels what has not begun, waits for what has; leaves no result behind."""
        with self._lock:
            self._ready.clear()
            if self._open:
                try:
                    self._call.close()
                finally:
                    self._end()

    def is_closed(self) -> bool:
        """Whether nothing more comes."""
        return not self._open and not self._ready

    def begin(self) -> None:
        """Hands over the first items now, not when the first result is asked for."""
        fill = getattr(self._call.call, "fill", None)
        if fill is not None:
            fill()

    def _end(self) -> None:
        if self._open:
            self._open = False
            self._when_done()

    def __enter__(self) -> Results[R]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_open", False):
            try:
                self._call.abort()
            finally:
                self._end()
