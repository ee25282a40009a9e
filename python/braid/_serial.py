"""backend="serial": the reference that all other backends are compared with."""

from __future__ import annotations

import time

from . import _random
from ._errors import ErrorInfo, InitializerFailed, attach_info, short_repr, traceback_text
from ._tasks import Stats, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._options import Options


def initialize(options: Options) -> None:
    """For the backends whose worker is the caller's own thread."""
    if options.initializer is None:
        return
    try:
        options.initializer(*options.initargs)
    except Exception as error:
        raise InitializerFailed(
            f"the initializer raised {type(error).__name__}: {error}"
        ) from error


class SerialCall:
    """The reference: one item after another, in the calling thread."""

    def __init__(
        self, task: Task, items: Iterable[Any], options: Options, stats: Stats, first: int = 0
    ) -> None:
        self.task = Task(task.in_process(), task.passing)
        self.source = iter(items)
        self.options = options
        self.stats = stats
        self.index = first
        self.hook = None if options.seed is None else _random.hook(options.seed)
        self.closed = False
        self.begun = False
        self.last = 0.0  # seconds of the last item of run_until()
        self.failure: BaseException | None = None

    def next_chunk(self) -> list[Any] | None:
        if not self.begun:
            self.begun = True
            initialize(self.options)
        while not self.closed:
            try:
                item = next(self.source)
            except StopIteration:
                self.close()
                break
            index = self.index
            self.index += 1
            found, value = self._run(index, item)
            if found:
                return [value]
        return None

    def run_until(self, deadline: float) -> tuple[list[Any], bool]:
        """Items until the clock says `deadline`: (results, whether the input has ended)."""
        if self.failure is not None:
            failure, self.failure = self.failure, None
            try:
                raise failure
            finally:
                del failure  # else it would hold itself, through its traceback
        chunk: list[Any] = []
        try:
            return chunk, self._run_some(chunk, deadline)
        except BaseException as error:
            if not chunk:
                raise
            self.failure = error  # after what came before it
            return chunk, False

    def _run_some(self, chunk: list[Any], deadline: float) -> bool:
        clock = time.perf_counter
        plain = self.task.passing == Task.ONE and self.hook is None
        function = self.task.function
        before = clock()
        for item in self.source:
            index = self.index
            self.index += 1
            if plain:
                try:
                    chunk.append(function(item))
                except Exception as error:
                    found, value = self._ended(index, item, 0, error)
                    if found:
                        chunk.append(value)
            else:
                found, value = self._run(index, item)
                if found:
                    chunk.append(value)
            now = clock()
            self.last, before = now - before, now
            if now >= deadline:
                return False
        self.close()
        return True

    def _ended(self, index: int, item: Any, attempt: int, error: Exception) -> tuple[bool, Any]:
        """An attempt raised: again, or for good."""
        if attempt < self.options.retries:
            self.stats.retried += 1
            return self._run(index, item, attempt + 1)
        self.stats.failed += 1
        text = traceback_text(error)
        attach_info(error, ErrorInfo(index, short_repr(item), None, attempt + 1, text))
        if self.options.on_error == "raise":
            self.close()
            try:
                raise error
            finally:
                del error
        return self.options.on_error == "return", error

    def _run(self, index: int, item: Any, attempt: int = 0) -> tuple[bool, Any]:
        try:
            if self.hook is not None:
                self.hook(index, attempt)
            return True, self.task.apply(item)
        except Exception as error:
            return self._ended(index, item, attempt, error)

    def close(self) -> None:
        self.closed = True
        if self.hook is not None:
            _random.clear()

    abort = close

    def interrupt(self) -> None:
        """From another thread: no further item begins."""
        self.closed = True
