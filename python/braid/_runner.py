"""Runner: options and warm workers that several calls share."""

from __future__ import annotations

import os
import threading

from . import _api, _options, _pools, _state
from ._tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from ._futures import Future
    from ._results import Results

    R = TypeVar("R")


_lock = threading.RLock()  # over which executor a Runner has, and which Runner submit() has


def _forget() -> None:
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_forget)


class _Keeper(_pools.Cache):
    """Keeps pools with an initializer too: they all have the same."""

    def take(self, options: Any, workers: int) -> Any:
        with self.lock:
            waiting = self.idle.get(_pools.pool_key(options, workers), [])
            while waiting:
                pool = waiting.pop()
                if pool.owner == os.getpid() and not pool.broken:
                    return pool
        return _pools.open_pool(options, workers)

    def give_back(self, pool: Any, options: Any, workers: int) -> None:
        with self.lock:
            kept = not (pool.broken or self.closed)
            if kept:
                self.idle.setdefault(_pools.pool_key(options, workers), []).append(pool)
        if not kept:
            pool.close()

    def close(self, patience: float) -> None:
        with self.lock:
            self.closed = True
        super().close(patience)
        self.forget()

    closed = False


class Runner:
    """Calls with the same options on the same workers; a context manager.

    With start_method="fork" the workers see the process as it was at the first call.
    """

    def __init__(self, **options: Any) -> None:
        self._options = _options.check(options)
        self._keeper = _Keeper()
        self._executor: Any = None
        self._closed = False

    def _checked(self, options: dict[str, Any]) -> Any:
        if self._closed:
            raise RuntimeError("the Runner has been shut down")
        return _options.check(options, self._options)

    def map(self, f: Callable[..., R], *iterables: Iterable[Any], **options: Any) -> list[R]:
        """As braid.map; options given here go before the Runner's."""
        items, total, passing = _api.sources(iterables)
        task = Task(f, passing)
        results: list[R] = _api.run(task, items, total, self._checked(options), self._keeper)
        return results

    def starmap(
        self, f: Callable[..., R], iterable: Iterable[Iterable[Any]], **options: Any
    ) -> list[R]:
        """As braid.starmap."""
        items, total, _ = _api.sources((iterable,))
        task = Task(f, Task.SPREAD)
        results: list[R] = _api.run(task, items, total, self._checked(options), self._keeper)
        return results

    def imap(self, f: Callable[..., R], *iterables: Iterable[Any], **options: Any) -> Results[R]:
        """As braid.imap."""
        items, total, passing = _api.sources(iterables)
        task = Task(f, passing)
        results: Results[R] = _api.stream(task, items, total, self._checked(options), self._keeper)
        return results

    async def amap(self, f: Callable[..., Any], *iterables: Any, **options: Any) -> list[Any]:
        """As braid.amap."""
        from . import _async

        return await _async.amap_with(self._checked(options), self._keeper, f, iterables)

    def submit(self, f: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future:
        """f(*args, **kwargs) on a worker; a dead worker fails its task only, and is replaced."""
        with _lock:
            if self._executor is None or self._executor.owner != os.getpid():
                options = self._checked({})
                if options.backend in ("auto", "asyncio", "serial"):
                    options = options.with_backend("processes")
                from ._executors import RunnerExecutor

                self._executor = RunnerExecutor(options, _options.worker_count(options))
            executor = self._executor
        future: Future = executor.submit(f, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the workers; what was submitted is finished first, unless it is cancelled."""
        with _lock:
            self._closed = True
            executor = self._executor
        if executor is not None:
            executor.shutdown(wait, cancel_futures=cancel_futures)
        self._keeper.close(1.0 if wait else 0.0)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


_default: Any = None


def submit(f: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future:
    """f(*args, **kwargs) on a worker process of a shared, warm pool."""
    global _default

    if _state.in_worker():
        from ._futures import Future

        future = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(f(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future
    with _lock:
        if _default is None or _default[0] != os.getpid() or _default[1]._closed:
            _default = (os.getpid(), Runner())
        runner = _default[1]
    found: Future = runner.submit(f, *args, **kwargs)
    return found


def close_default() -> None:
    """For shutdown()."""
    global _default

    with _lock:
        closing, _default = _default, None
    if closing is not None and closing[0] == os.getpid():
        closing[1].shutdown()
