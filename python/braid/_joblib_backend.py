"""Braid's process workers under joblib's own front end; see register_joblib()."""

from __future__ import annotations

import os
import threading

from joblib._parallel_backends import (  # type: ignore[import-untyped]
    AutoBatchingMixin,
    FallbackToBackend,
    ParallelBackendBase,
    SequentialBackend,
)

from . import _joblib, _options, _pickling
from ._executors import ProcessPoolExecutor
from ._pools import surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Executor(ProcessPoolExecutor):
    """The workers of one or more calls of joblib.Parallel, one after another."""

    def __init__(
        self, workers: int, initializer: Any, initargs: tuple[Any, ...], threads: int | None
    ) -> None:
        self._max_workers = workers
        self.key = (workers, initializer, initargs, threads)
        options = _options.Options().replaced(
            backend="processes",
            start_method="forkserver",
            initializer=initializer,
            initargs=initargs,
            threads_per_worker=threads,
        )
        self._open(options, replace=False)
        self._tasks.refusal = refusal
        self.surroundings = surroundings(self._tasks.pool)

    def fits(self, key: tuple[Any, ...]) -> bool:
        """Arguments count as the same when they are the very same objects."""
        workers, initializer, initargs, threads = self.key
        return (
            (workers, threads) == (key[0], key[3])
            and initializer is key[1]
            and len(initargs) == len(key[2])
            and all(mine is other for mine, other in zip(initargs, key[2]))
            and not self._broken
            and self.surroundings == surroundings(self._tasks.pool)
            and self.is_idle()
        )

    def is_idle(self) -> bool:
        with self._tasks.lock:
            return not (self._tasks.closing or self._tasks.running or self._tasks.waiting)


def refusal(work: Any, error: Exception, number: int) -> Exception:
    return _pickling.not_picklable(work, error, "the task to send", number)


_lock = threading.RLock()
_kept: list[Executor] = []  # one at most: what the last call used


def _forget() -> None:
    global _lock
    _lock = threading.RLock()
    _kept.clear()


os.register_at_fork(after_in_child=_forget)


def take(key: tuple[Any, ...]) -> Executor:
    with _lock:
        waiting, _kept[:] = list(_kept), []
    for executor in waiting:
        if executor.fits(key):
            return executor
        executor.shutdown(wait=False)
    return Executor(*key)


def keep(executor: Executor) -> None:
    with _lock:
        if not _kept and not executor._broken and executor.is_idle():
            _kept.append(executor)
            return
    executor.shutdown(wait=False, cancel_futures=True)


def close_kept() -> None:
    """For shutdown()."""
    with _lock:
        waiting, _kept[:] = list(_kept), []
    for executor in waiting:
        executor.shutdown(wait=True)


class BraidBackend(AutoBatchingMixin, ParallelBackendBase):  # type: ignore[misc]
    """Braid's process workers under joblib's own front end."""

    supports_retrieve_callback = True
    supports_inner_max_num_threads = True
    uses_threads = False
    supports_sharedmem = False
    _pool: Executor | None = None

    def effective_n_jobs(self, n_jobs: Any) -> int:
        return _joblib.effective_jobs(n_jobs)

    def configure(
        self,
        n_jobs: Any = 1,
        parallel: Any = None,
        prefer: Any = None,
        require: Any = None,
        **given: Any,
    ) -> int:
        workers = self.effective_n_jobs(n_jobs)
        if workers == 1:
            raise FallbackToBackend(SequentialBackend(nesting_level=self.nesting_level))
        given = {**getattr(self, "backend_kwargs", {}), **given}
        self._pool = take(
            (
                workers,
                given.get("initializer"),
                tuple(given.get("initargs", ())),
                getattr(self, "inner_max_num_threads", None),
            )
        )
        self.parallel = parallel
        return workers

    def submit(self, func: Any, callback: Any = None) -> Any:
        if self._pool is None:
            raise RuntimeError("The executor underlying Parallel has been shutdown.")
        future = self._pool.submit(func)
        if callback is not None:
            future.add_done_callback(callback)
        return future

    def apply_async(self, func: Any, callback: Any = None) -> Any:
        return self.submit(func, callback)

    def retrieve_result_callback(self, out: Any) -> Any:
        return out.result()

    def terminate(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            keep(pool)
        self.reset_batch_stats()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Nobody waits for what still runs: the workers are killed."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.kill_workers()
        if ensure_ready:
            self.configure(n_jobs=self.parallel.n_jobs, parallel=self.parallel)
