"""ThreadPoolExecutor: each thread takes a task from one queue and completes its future itself."""

from __future__ import annotations

import itertools
import queue
import threading
import weakref
from concurrent.futures import _base
from concurrent.futures.thread import BrokenThreadPool

from . import _engine, _state
from ._futures import Future, open_executors, refuse_at_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class _Work:
    """One task of a thread executor."""

    __slots__ = ("args", "function", "future", "kwargs")

    def __init__(self, future: Future, function: Any, args: Any, kwargs: Any) -> None:
        self.future = future
        self.function = function
        self.args = args
        self.kwargs = kwargs

    def run(self, shared: _Threads) -> None:
        future = self.future
        if not future.set_running_or_notify_cancel():
            shared.finished()
            return
        try:
            result = self.function(*self.args, **self.kwargs)
        except BaseException as error:
            future.set_exception(error)
            shared.finished()
            # Else the error would hold itself, through its traceback.
            self = future = None  # type: ignore[assignment]
            return
        # Whoever waits for the result finds this thread free, unless callbacks keep it.
        with future._condition:
            if not future._done_callbacks:  # type: ignore[attr-defined]
                shared.finished()
                future.set_result(result)
                return
        future.set_result(result)
        shared.finished()


class _Threads:
    """What thread workers and their executor share."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self.lock = threading.RLock()  # a finalizer may submit while submit() runs
        self.unfinished = 0  # works that wait, or that a thread has in hand
        self.broken: str | None = None
        self.closing = False
        self.threads: set[threading.Thread] = set()

    def finished(self) -> None:
        with self.lock:
            self.unfinished -= 1


def run_works(shared: _Threads, slot: int, initializer: Any, initargs: Any) -> None:
    _state.become_worker_thread(slot)
    if initializer is not None:
        try:
            initializer(*initargs)
        except BaseException as error:
            _base.LOGGER.critical("Exception in initializer:", exc_info=True)
            break_threads(shared, error)
            return
    while True:
        work = shared.queue.get()
        if work is None:
            shared.queue.put(None)  # for the next one
            return
        _engine.count_items(1)
        work.run(shared)
        del work


def break_threads(shared: _Threads, error: BaseException) -> None:
    with shared.lock:
        shared.broken = why = "A thread initializer failed, the thread pool is not usable anymore"
        works = taken(shared.queue)
        shared.queue.put(None)  # the other threads leave as well
    for work in works:
        if work.future.set_running_or_notify_cancel():
            work.future.set_exception(BrokenThreadPool(why))


def taken(works: queue.SimpleQueue[_Work | None]) -> list[_Work]:
    """All that waits, and no longer does."""
    found: list[_Work] = []
    while True:
        try:
            work = works.get_nowait()
        except queue.Empty:
            return found
        if work is not None:
            found.append(work)


class ThreadPoolExecutor(_base.Executor):
    """concurrent.futures.ThreadPoolExecutor, with less work for each task."""

    _counter = itertools.count().__next__

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., Any] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        if max_workers is None:
            max_workers = min(32, _state.cpu_count() + 4)
        if max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._max_workers = max_workers
        self._name = thread_name_prefix or f"ThreadPoolExecutor-{self._counter()}"
        self._initializer = initializer
        self._initargs = initargs
        self._shared = _Threads()
        self._threads = self._shared.threads
        weakref.finalize(self, self._shared.queue.put, None).atexit = False
        open_executors.add(self)

    @property
    def _broken(self) -> Any:  # programs look at it
        return self._shared.broken or False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        shared = self._shared
        with shared.lock:
            if shared.broken is not None:
                raise BrokenThreadPool(shared.broken)
            if shared.closing:
                raise RuntimeError("cannot schedule new futures after shutdown")
            refuse_at_exit()
            future = Future()
            shared.queue.put(_Work(future, fn, args, kwargs))
            shared.unfinished += 1
            # Tasks may wait for one another: each has a thread as long as there may be more.
            if len(shared.threads) < min(shared.unfinished, self._max_workers):
                self._start()
        return future

    def _start(self) -> None:
        slot = len(self._shared.threads)
        thread = threading.Thread(
            target=run_works,
            args=(self._shared, slot, self._initializer, self._initargs),
            name=f"{self._name}_{slot}",
            daemon=True,
        )
        self._shared.threads.add(thread)
        try:
            thread.start()
        except Exception:  # there may be no more threads
            self._shared.threads.discard(thread)
            raise

    def _after_fork(self) -> None:
        before = self._shared
        self._shared = _Threads()
        self._shared.closing = before.closing
        self._shared.broken = before.broken
        self._threads = self._shared.threads
        weakref.finalize(self, self._shared.queue.put, None).atexit = False

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        shared = self._shared
        with shared.lock:
            shared.closing = True
            works = taken(shared.queue) if cancel_futures else []
            shared.queue.put(None)
            threads = list(shared.threads)
        # Callbacks run here, and may use this executor.
        for work in works:
            work.future.cancel()
            work.future.set_running_or_notify_cancel()
        if wait:
            for thread in threads:
                thread.join()
