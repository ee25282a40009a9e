"""ThreadPoolExecutor: each thread takes works from one queue and fills their futures itself."""

from __future__ import annotations

import itertools
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


def complete_watched(future: Future, result: Any, works: _engine.WorkQueue) -> None:
    """Whoever waits for the result finds this thread free, unless callbacks keep it."""
    with future._condition:
        if not future._done_callbacks:
            works.finished()
            future.set_result(result)
            return
    try:
        future.set_result(result)
    finally:
        works.finished()


class _Threads:
    """What thread workers and their executor share."""

    def __init__(self, most: int) -> None:
        self.works = _engine.WorkQueue(most, complete_watched)
        self.lock = threading.RLock()  # a finalizer may submit while submit() runs
        self.broken: str | None = None
        self.closing = False
        self.threads: set[threading.Thread] = set()


def run_works(shared: _Threads, slot: int, initializer: Any, initargs: Any) -> None:
    _state.become_worker_thread(slot)
    if initializer is not None:
        try:
            initializer(*initargs)
        except BaseException as error:
            _base.LOGGER.critical("Exception in initializer:", exc_info=True)
            break_threads(shared, error)
            return
    shared.works.run()


def break_threads(shared: _Threads, error: BaseException) -> None:
    with shared.lock:
        shared.broken = why = "A thread initializer failed, the thread pool is not usable anymore"
        futures = shared.works.take_all()
        shared.works.close()  # the other threads leave as well
    for future in futures:
        if _engine.begin(future):
            future.set_exception(BrokenThreadPool(why))


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
        self._share(_Threads(max_workers))
        open_executors.add(self)

    def _share(self, shared: _Threads) -> None:
        self._shared = shared
        self._threads = shared.threads
        weakref.finalize(self, shared.works.close).atexit = False

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
            if shared.works.put(future, fn, args, kwargs):
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
        self._shared.works.begin_thread()
        try:
            thread.start()
        except Exception:  # there may be no more threads
            self._shared.threads.discard(thread)
            self._shared.works.lose_thread()
            raise

    def _after_fork(self) -> None:
        before = self._shared
        self._share(_Threads(self._max_workers))
        self._shared.closing = before.closing
        self._shared.broken = before.broken

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        shared = self._shared
        with shared.lock:
            shared.closing = True
            futures = shared.works.take_all() if cancel_futures else []
            shared.works.close()
            threads = list(shared.threads)
        # Callbacks run here, and may use this executor.
        for future in futures:
            future.cancel()
            future.set_running_or_notify_cancel()
        if wait:
            for thread in threads:
                thread.join()
