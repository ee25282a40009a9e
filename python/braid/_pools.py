"""Sets of workers: processes behind a fork server, or threads. Each serves one call at a time.

A pool starts workers when there is something for them, replaces those that died, and tells its call
what became of each. Idle pools wait for the next call; their workers leave by themselves.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
import weakref

from . import _engine, _pickling, _state
from ._errors import BraidError
from ._initializer import dump_initializer, inherited
from ._links import Link, close_all
from ._log import log
from ._options import Options, idle_seconds
from ._output import travels
from ._state import every
from ._surroundings import Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RING_BYTES = 1 << 20
THREAD_RING_BYTES = 64 << 10
HEAP_BYTES = 64 << 20
# As many starts may fail in a row before the pool gives up.
MOST_FAILED_STARTS = 3
# Threads that may be given up after a time-out, beside as many as the pool has workers.
MOST_GIVEN_UP = 256

_open: weakref.WeakSet[Any] = weakref.WeakSet()
_caches: weakref.WeakSet[Any] = weakref.WeakSet()


class Death:
    """A worker that ended: what it had in hand, and how it ended."""

    oom = False
    stack = ""

    def __init__(self, slot: int, pid: int, status: int, lost: Any, was_ready: bool) -> None:
        self.slot = slot
        self.pid = pid
        self.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        self.exitcode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        self.lost = lost  # (call, index, attempt, item as bytes), or None
        self.was_ready = was_ready

    def how(self) -> str:
        if self.signal is not None:
            try:
                return f"was killed by {signal.Signals(self.signal).name}"
            except ValueError:
                return f"was killed by signal {self.signal}"
        return f"exited with status {self.exitcode}"


def blas_limits(options: Options, workers: int) -> dict[str, str]:
    """Each worker's share of the processors, for libraries with threads of their own."""
    share = options.threads_per_worker or max(1, _state.cpu_count() // workers)
    names = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "NUMBA", "VECLIB_MAXIMUM")
    return {f"{name}_NUM_THREADS": str(share) for name in names}


class ProcessPool:
    """Worker processes."""

    in_process = False

    def __init__(self, options: Options, workers: int, *, logs_initializer: bool = False) -> None:
        self.owner = os.getpid()
        self.workers = self.slots = workers
        self.start_method = options.start_method
        self.engine = _engine.Pool(
            workers, RING_BYTES, HEAP_BYTES, False, _pickling.dumps, _pickling.loads
        )
        self.pids: dict[int, int] = {}  # slot → pid, 0 until it is known
        self.ready: set[int] = set()
        self.failed_starts = 0
        # Without an initializer it is somebody else who kills them, and may stop.
        self.most_failed_starts = MOST_FAILED_STARTS * (1 if options.initializer else 10)
        self.memory_kills = _state.out_of_memory_kills()
        self.died = 0
        self.broken = False
        initializer = self.initializer = (options.initializer, options.initargs)
        initializer_bytes = dump_initializer(initializer, self.start_method)
        if self.start_method == "fork":
            weakref.finalize(self, inherited.pop, id(initializer), None).atexit = False
        flush_streams()
        self.link = Link(self.start_method, self.engine.segment, self.engine.bell)
        self.engine.set_setup(
            {
                "path": list(sys.path),
                "argv": list(getattr(sys, "argv", [])),
                "surroundings": surroundings(self),
                "limits": blas_limits(options, workers),
                "limits_win": options.threads_per_worker is not None,
                "initializer": initializer_bytes,
                "logs_initializer": logs_initializer,
                "idle_s": idle_seconds(),
                "most_items": options.max_tasks_per_worker or 0,
                "most_bytes": options.max_memory_per_worker or 0,
            }
        )
        _open.add(self)

    def fileno(self) -> int:
        return self.link.fileno()

    def start_workers(self, wanted: int) -> None:
        """Brings the number of workers up to `wanted`, or as many as the pool has."""
        for slot in range(self.workers):
            if len(self.pids) >= min(wanted, self.workers):
                return
            if slot in self.pids:
                continue
            self.engine.starting(slot)
            self.pids[slot] = 0  # before it starts: it may be reported at once
            try:
                self.link.start(slot)
            except OSError as error:
                # The next look at deaths() finds the link at its end, and makes another.
                self.pids.pop(slot, None)
                self.failed_starts += 1
                if self.failed_starts < MOST_FAILED_STARTS:
                    return
                self.broken = True
                raise BraidError(f"the fork server is gone: {error}") from error

    def said_hello(self, slot: int) -> None:
        self.ready.add(slot)
        self.failed_starts = 0

    def deaths(self, delivery: Any, others: list[Any]) -> list[Death]:
        """Those that ended since the last look. Their last answers come first."""
        reports = self.link.reports()
        if reports is None:
            return self._server_died(delivery, others)
        found = []
        for slot, pid, status in reports:
            if status == -1:
                self.pids[slot] = pid
                log("worker started", slot=slot, pid=pid)
                continue
            if status == -2:
                self.pids.pop(slot, None)
                raise BraidError(f"a worker cannot be started: {os.strerror(pid)}")
            found.append(self._bury(slot, pid, status, delivery, others))
        return found

    def _bury(self, slot: int, pid: int, status: int, delivery: Any, others: list[Any]) -> Death:
        others.extend(self.engine.drain(delivery))
        for other in others:
            if other[0] == "hello" and other[4] == slot and other[5][:1] in (b"R", b"F"):
                self.ready.add(slot)
        lost = self.engine.gone(slot)
        was_ready = slot in self.ready
        self.ready.discard(slot)
        death = Death(slot, pid, status, lost, was_ready)
        death.stack = self.engine.trace(slot)
        self.pids.pop(slot, None)  # from here on the slot may be another's
        if death.signal == signal.SIGKILL:
            kills = _state.out_of_memory_kills()
            death.oom = kills > self.memory_kills
            self.memory_kills = kills
        item = None if lost is None else lost[1]
        log("worker ended", slot=slot, pid=pid, how=death.how(), item=item, oom=death.oom)
        if death.exitcode != 0:
            self.died += 1
            if not was_ready:
                self.failed_starts += 1
        return death

    def _server_died(self, delivery: Any, others: list[Any]) -> list[Death]:
        """Its workers die with it; a new one takes its place."""
        log("the fork server is gone", workers=len(self.pids))
        found = []
        for slot, pid in list(self.pids.items()):
            kill_worker(pid)
            found.append(self._bury(slot, pid, signal.SIGKILL, delivery, others))
        self.link.close()
        self.link = Link(self.start_method, self.engine.segment, self.engine.bell)
        return found

    def kill_busy(self, call: int) -> list[int]:
        """Kills the workers that have an item of the call in hand."""
        slots = [slot for slot in self.pids if self.engine.in_hand(slot, call) is not None]
        for slot in slots:
            self.kill(slot)
        return slots

    def kill(self, slot: int) -> None:
        kill_worker(self.pids.get(slot) or self.engine.worker_state(slot)[1])

    def close(self, patience: float = 0.0) -> None:
        """Ends the workers: by themselves within `patience` seconds, else by force."""
        if self.owner != os.getpid():
            return
        self.owner = -1
        _open.discard(self)
        self.engine.stop()
        until = time.monotonic() + patience
        delivery = _engine.Delivery(False, False)
        while patience and self.pids and time.monotonic() < until:
            self.engine.poll(delivery, self.link.fileno(), max(0.0, until - time.monotonic()))
            reports = self.link.reports()
            if reports is None:
                break
            for slot, pid, status in reports:
                if status == -1:
                    self.pids[slot] = pid
                else:
                    self.pids.pop(slot, None)
        self.link.close()


def kill_worker(pid: int) -> None:
    """The worker and what it has started."""
    if pid <= 0:
        return
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except OSError:
            continue


def surroundings(pool: ProcessPool) -> Surroundings:
    """What a worker is to have as this process has it now."""
    try:
        folder: str | None = os.getcwd()
    except OSError:
        folder = None
    process = sys.modules.get("multiprocessing.process")
    key = None if process is None else bytes(process.current_process().authkey)
    environment = pool.link.environment.changes()
    return folder, tuple(sys.path), key, environment, travels()


def flush_streams() -> None:
    """What is buffered would be written by every fork as well."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            continue


class ThreadPool:
    """Worker threads of this process."""

    in_process = True
    start_method = None
    broken = False
    died = 0

    def __init__(self, options: Options, workers: int, name: str = "braid") -> None:
        self.owner = os.getpid()
        self.workers = workers
        # Whoever is given up keeps its slot until it ends; another thread takes its place.
        self.slots = workers + (MOST_GIVEN_UP if options.timeout is not None else 0)
        self.given_up: dict[int, threading.Thread] = {}
        self.name = name
        self.engine = _engine.Pool(self.slots, THREAD_RING_BYTES, 1 << 20, True, None, None)
        self.initializer = options.initializer
        self.initargs = options.initargs
        self.idle_s = idle_seconds()
        self.threads: dict[int, threading.Thread] = {}
        self.loops: dict[int, Any] = {}  # slot → what its thread runs
        _open.add(self)

    def fileno(self) -> int:
        return -1

    def start_workers(self, wanted: int) -> None:
        for threads in (self.threads, self.given_up):
            for slot, thread in list(threads.items()):
                if not thread.is_alive():
                    del threads[slot]
        for slot in range(self.slots):
            if len(self.threads) >= min(wanted, self.workers):
                return
            if slot in self.threads or slot in self.given_up:
                continue
            self.engine.starting(slot)
            worker = self.loops[slot] = self.engine.thread_worker(slot)
            thread = threading.Thread(
                target=run_thread,
                args=(worker, slot, self.initializer, self.initargs, self.idle_s),
                name=f"{self.name}_{slot}",
                daemon=True,
            )
            self.threads[slot] = thread
            try:
                thread.start()
            except BaseException:  # Ctrl-C; it may have begun
                self.broken = True
                raise
        if wanted and not self.threads:
            raise BraidError(f"{len(self.given_up)} threads were given up after time-outs")

    def give_up(self, slot: int) -> None:
        """Its item is over time; the thread leaves when that has ended."""
        self.broken = True  # nobody else gets this pool
        self.given_up[slot] = self.threads.pop(slot)
        self.loops[slot].retire()

    def said_hello(self, slot: int) -> None:
        pass

    def deaths(self, delivery: Any, others: list[Any]) -> list[Death]:
        return []

    def kill_busy(self, call: int) -> list[int]:
        """Threads cannot be killed; those that are busy are given up with the pool."""
        busy = [slot for slot in self.threads if self.engine.in_hand(slot, call) is not None]
        if busy:
            self.broken = True
        return []

    def close(self, patience: float = 0.0) -> None:
        if self.owner != os.getpid():
            return
        self.owner = -1
        _open.discard(self)
        self.engine.stop()
        until = time.monotonic() + patience
        for thread in self.threads.values():
            if thread is not threading.current_thread() and not self.broken:
                thread.join(max(0.0, until - time.monotonic()))
        left = [*self.threads.values(), *self.given_up.values()]
        if self.broken or any(thread.is_alive() for thread in left):
            # They still look at its memory.
            _engine.keep_for_ever(self.engine)


def run_thread(worker: Any, slot: int, initializer: Any, initargs: Any, idle_s: float) -> None:
    _state.become_worker_thread(slot)
    worker.set_callables(load_call, None, None, None, None)
    if initializer is not None:
        try:
            initializer(*initargs)
        except BaseException as error:
            worker.hello(b"F" + _pickling.describe(error, -1), False)
            return
    worker.hello(b"R", True)
    try:
        worker.run(idle_s, 0, 0)
    except BaseException:
        if not sys.is_finalizing():
            raise


def load_call(call: tuple[Any, ...]) -> tuple[Any, int, Any]:
    from . import _random

    function, passing, seed = call
    return function, passing, None if seed is None else _random.hook(seed, reseed_global=False)


class Cache:
    """Idle pools, by what they are like."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # a finalizer may give back a pool while one is taken
        self.idle: dict[Any, list[Any]] = {}
        _caches.add(self)

    def take(self, options: Options, workers: int) -> Any:
        """A pool for one call: a warm one, or a new one."""
        key = pool_key(options, workers)
        with self.lock:
            waiting = self.idle.get(key) if is_plain(options) else None
            while waiting:
                pool = waiting.pop()
                if pool.owner == os.getpid() and not pool.broken:
                    return pool
        return open_pool(options, workers)

    def is_warm(self, options: Options, workers: int) -> bool:
        """Whether such a pool waits here."""
        return is_plain(options) and bool(self.idle.get(pool_key(options, workers)))

    def give_back(self, pool: Any, options: Options, workers: int) -> None:
        reusable = (
            not pool.broken
            and pool.owner == os.getpid()
            and is_plain(options)
            and pool.start_method != "fork"
        )
        if not reusable:
            pool.close()
            return
        with self.lock:
            waiting = self.idle.setdefault(pool_key(options, workers), [])
            if len(waiting) < 2:
                waiting.append(pool)
                return
        pool.close()

    def close(self, patience: float) -> None:
        with self.lock:
            pools = [pool for waiting in self.idle.values() for pool in waiting]
            self.idle.clear()
        for pool in pools:
            pool.close(patience)

    def forget(self) -> None:
        """It is closed for good. Left to its end, a callback in Python would swallow Ctrl-C."""
        _caches.discard(self)


def is_plain(options: Options) -> bool:
    """Whether any call may have such a pool."""
    return (
        options.initializer is None
        and options.threads_per_worker is None
        and options.max_tasks_per_worker is None
        and options.max_memory_per_worker is None
    )


def pool_key(options: Options, workers: int) -> Any:
    if options.backend == "processes":
        return options.backend, options.start_method, workers
    return options.backend, options.timeout is not None, workers


def open_pool(options: Options, workers: int) -> Any:
    if options.backend == "threads":
        return ThreadPool(options, workers)
    return ProcessPool(options, workers)


cache = Cache()


def _forget() -> None:
    """In a fork: the pools are the parent's, and a lock may be held by a thread of the parent's."""
    for each in every(_caches):
        each.lock = threading.RLock()
        each.idle = {}


os.register_at_fork(after_in_child=_forget)


def shutdown() -> None:
    """Ends all idle workers and the fork server; what submit() was given is finished first."""
    runner = sys.modules.get(__package__ + "._runner")
    if runner is not None:
        runner.close_default()
    backend = sys.modules.get(__package__ + "._joblib_backend")
    if backend is not None:
        backend.close_kept()
    cache.close(1.0)
    close_all()


def _at_exit() -> None:
    for pool in every(_open):
        pool.close(0.2 if pool.in_process else 0.0)
    close_all()


atexit.register(_at_exit)
