"""map, imap, starmap: the calls, over whichever backend fits."""

from __future__ import annotations

import sys
import time

from . import _engine, _options, _pools, _state
from ._calls import PoolCall
from ._log import log
from ._options import Options
from ._serial import SerialCall
from ._tasks import Stats, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Callable, TypeVar

    from ._results import Results

    R = TypeVar("R")


class RunStats:
    """What the last finished call of this thread's process did."""

    __slots__ = (
        "backend",
        "batches",
        "died",
        "failed",
        "items",
        "retried",
        "start_method",
        "wall_s",
        "why",
        "workers",
    )

    def __init__(self, **facts: Any) -> None:
        for name in self.__slots__:
            setattr(self, name, facts.get(name))

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"RunStats({facts})"


MANY_THREADS = 100  # for one GIL

_last: RunStats | None = None


def last_run() -> RunStats | None:
    """The statistics of the last map, imap or starmap that ended; None before the first."""
    return _last


def engine_stats() -> dict[str, int]:
    """What this process's engine has done since it began: items answered, batches pushed."""
    return dict(_engine.counters())


def known_length(items: Any) -> int | None:
    """How many items there are, where that is certain."""
    if type(items) in (list, tuple, range, dict, set, frozenset, str, bytes):
        return len(items)
    return None


def sources(iterables: tuple[Iterable[Any], ...]) -> tuple[Iterable[Any], int | None, int]:
    """(items, how many, how each is passed)."""
    if not iterables:
        raise TypeError("at least one iterable is needed")
    for iterable in iterables:
        if not hasattr(iterable, "__iter__") and not hasattr(iterable, "__getitem__"):
            raise TypeError(f"{type(iterable).__name__!r} object is not iterable")
    if len(iterables) == 1:
        return iterables[0], known_length(iterables[0]), Task.ONE
    lengths = [known_length(iterable) for iterable in iterables]
    known = [length for length in lengths if length is not None]
    return zip(*iterables), min(known) if len(known) == len(lengths) else None, Task.SPREAD


class Run:
    """One call from its options to its statistics."""

    def __init__(
        self,
        task: Task,
        items: Iterable[Any],
        total: int | None,
        options: Options,
        keeper: Any = None,
    ) -> None:
        self.began = time.perf_counter()
        self.stats = Stats()
        self.options, self.why = choose(task, options)
        self.workers = _options.worker_count(self.options)
        self.keeper = keeper
        self.pool: Any = None
        self.switches: Any = None
        self.total = total
        self.delivered = 0
        self.progress: Any = None
        if options.progress is not False and options.progress is not None:
            from ._progress import open_progress

            self.progress = open_progress(options.progress, total)
        if self.options.backend != "auto":  # which says more when it has decided
            self._log_begin()
        if self.options.journal is None:
            self.call = self._open(task, items)
        else:
            self.call = self._resume(task, items, self.options.journal)

    def _log_begin(self) -> None:
        log("call", backend=self.options.backend, workers=self.workers, why=self.why)

    def _resume(self, task: Task, items: Iterable[Any], path: str) -> Any:
        from ._journal import Journal, JournalCall, Resuming

        journal = Journal(path, task.function)
        on_error = self.options.on_error
        resuming = Task(Resuming(task), Task.ONE)
        call = JournalCall(journal, on_error, self.options.ordered)
        self.options = self.options.replaced(
            on_error="raise" if on_error == "raise" else "return",
            arrived=call.arrived,
        )
        call.open(items, lambda missing: self._open(resuming, missing))
        return call

    def _open(self, task: Task, items: Iterable[Any]) -> Any:
        if self.options.backend == "serial":
            self.workers = 1
            return SerialCall(task, items, self.options, self.stats)
        if self.options.backend == "auto":
            from ._auto import AutoCall

            auto = self.options
            self.options, self.why = auto.with_backend("serial"), "the work is small"
            self.workers = 1
            return AutoCall(
                task,
                items,
                auto,
                self.total,
                self.stats,
                lambda *found: self._open_rest(task, auto, *found),
            )
        if self.options.backend == "asyncio":
            from ._async import LoopCall

            return LoopCall(task, items, self.options, self.workers, self.stats)
        return self._open_pool(task, items, 0)

    def _open_pool(self, task: Task, items: Iterable[Any], first: int) -> Any:
        self.cache = self.keeper if self.keeper is not None else _pools.cache
        self.pool = self.cache.take(self.options, self.workers)
        if self.pool.in_process and self.workers > MANY_THREADS:
            from ._switching import FewerSwitches

            self.switches = FewerSwitches(self.workers / MANY_THREADS)
        try:
            return PoolCall(self.pool, task, items, self.options, self.total, self.stats, first)
        except BaseException:
            self.done()
            raise

    def _open_rest(
        self, task: Task, auto: Options, backend: str, why: str, items: Any, total: Any, first: int
    ) -> Any:
        """For auto: the items from `first` on go to a pool."""
        if backend == "processes" and not sys.platform.startswith("linux"):
            backend = "threads"
        self.options, self.why, self.total = auto.with_backend(backend), why, total
        self.workers = _options.worker_count(self.options)
        self._log_begin()
        return self._open_pool(task, items, first)

    def next_chunk(self) -> list[Any] | None:
        chunk: list[Any] | None
        if self.switches is None:
            chunk = self.call.next_chunk()
        else:
            with self.switches:
                chunk = self.call.next_chunk()
        return None if chunk is None else self.delivers(chunk)

    def delivers(self, chunk: list[Any]) -> list[Any]:
        self.delivered += len(chunk)
        if self.progress is not None:
            self.progress.update(self.delivered, self.stats.failed)
        return chunk

    def interrupt(self) -> None:
        """From another thread: the call ends as soon as it can."""
        self.call.interrupt()

    def close(self) -> None:
        self.call.close()

    def abort(self) -> None:
        self.call.abort()

    def done(self) -> None:
        global _last
        if self.progress is not None:
            self.progress.close(self.delivered, self.stats.failed)
            self.progress = None
        died = self.stats.died
        start_method = None
        if self.pool is not None:
            pool, self.pool = self.pool, None
            start_method = pool.start_method
            self.cache.give_back(pool, self.options, self.workers)
        _last = RunStats(
            backend=self.options.backend,
            start_method=start_method,
            workers=self.workers,
            items=self.delivered,
            failed=self.stats.failed,
            retried=self.stats.retried,
            died=died,
            batches=self.stats.batches,
            wall_s=time.perf_counter() - self.began,
            why=self.why,
        )
        log("done", **{name: getattr(_last, name) for name in RunStats.__slots__})

    def collect(self) -> list[Any]:
        """All results."""
        results: list[Any] = []
        self.call.collected = True
        try:
            while True:
                chunk = self.next_chunk()
                if chunk is None:
                    return results
                results += chunk
        except BaseException:
            self.call.abort()
            raise
        finally:
            self.done()


def choose(task: Task, options: Options) -> tuple[Options, str]:
    """The backend, and why it is that."""
    if options.backend == "processes":
        _options.need_processes()
    if options.backend in ("auto", "asyncio") and is_async(task.function):
        return options.with_backend("asyncio"), "a coroutine function"
    if _state.in_worker():
        return options.with_backend("serial"), "inside a worker"
    if options.backend == "asyncio":
        return options, "asked for"
    if options.backend == "auto":
        for name in ("timeout", "max_tasks_per_worker", "max_memory_per_worker"):
            if getattr(options, name) is not None:
                _options.need_processes()
                return options.with_backend("processes"), f"{name} needs processes"
        if options.initializer is not None:  # it is for workers, not for the caller's thread
            backend = "processes" if sys.platform.startswith("linux") else "threads"
            return options.with_backend(backend), "initializer needs workers"
        return options, ""
    if is_async(task.function):
        raise TypeError("a coroutine function runs with backend='asyncio' (or 'auto')")
    return options, "asked for"


def is_async(function: Any) -> bool:
    """Whether it is a coroutine function; asyncio is only imported for those."""
    code = getattr(getattr(function, "func", function), "__code__", None)
    flags: int = getattr(code, "co_flags", 0)
    return bool(flags & 0x80)  # CO_COROUTINE


def map(f: Callable[..., R], *iterables: Iterable[Any], **options: Any) -> list[R]:
    """``[f(x) for x in iterable]`` with the items done side by side.

    Several iterables are passed side by side, as the builtin does; the shortest ends it.

    Options (keywords): workers, backend ("auto", "serial", "threads", "processes", "asyncio"),
    start_method ("forkserver", "fork", "spawn"), ordered, on_error ("raise", "return", "skip"),
    retries, timeout (seconds for each attempt), progress, window (items), batch (items, or "auto"),
    initializer, initargs, seed, journal, max_tasks_per_worker, max_memory_per_worker (bytes),
    threads_per_worker.

    Raises what `f` raises, for the first item in order (`error_info` tells which); WorkerDied when
    a worker was killed; NotPicklable, ItemTimeout, InitializerFailed. Nothing of the call runs on
    when it returns.
    """
    items, total, passing = sources(iterables)
    results: list[R] = run(Task(f, passing), items, total, _options.check(options))
    return results


def starmap(f: Callable[..., R], iterable: Iterable[Iterable[Any]], **options: Any) -> list[R]:
    """As map(), with each item spread over the function's arguments."""
    items, total, _ = sources((iterable,))
    results: list[R] = run(Task(f, Task.SPREAD), items, total, _options.check(options))
    return results


def imap(f: Callable[..., R], *iterables: Iterable[Any], **options: Any) -> Results[R]:
    """As map(), one result after another while the work runs on, within `window`."""
    items, total, passing = sources(iterables)
    results: Results[R] = stream(Task(f, passing), items, total, _options.check(options))
    return results


def run(task: Task, items: Any, total: int | None, options: Options, keeper: Any = None) -> Any:
    if not callable(task.function):
        raise TypeError(f"{type(task.function).__name__!r} object is not callable")
    return Run(task, items, total, options, keeper).collect()


def stream(task: Task, items: Any, total: int | None, options: Options, keeper: Any = None) -> Any:
    if not callable(task.function):
        raise TypeError(f"{type(task.function).__name__!r} object is not callable")
    from ._results import Results

    running = Run(task, items, total, options, keeper)
    return Results(running, running.done)
