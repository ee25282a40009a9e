"""submit and its executors: concurrent.futures' interface on Braid's engine.

`Future` is a subclass of concurrent.futures.Future, so that wait(), as_completed() and callbacks
work. A process executor has one thread, which sleeps without the GIL until something is answered
and takes the GIL once for all that has come. Its pool breaks when a worker dies, as theirs does;
Runner's replaces the worker.
"""

from __future__ import annotations

import functools
import itertools
import os
import sys
import threading
import weakref
from collections import deque
from concurrent.futures import _base

from . import _engine, _options, _pickling, _pools, _state
from ._errors import BraidError, ErrorInfo, attach_info, short_repr, worker_died
from ._futures import Future, open_executors, refuse_at_exit
from ._output import show_output
from ._packed import pack_task
from ._tasks import Task
from ._worker_process import WorkerProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

EXTRA = 1  # tasks beyond the workers that are handed over ahead; the others can be cancelled
SHORT = 200e-6  # seconds: tasks that are shorter are handed over further ahead
FURTHER = 16


def call_own(function: Any, args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)


class _Tasks:
    """What the completion thread and the executor share; it outlives the executor."""

    def __init__(self, pool: Any, replace: bool) -> None:
        self.pool = pool
        self.engine = pool.engine
        self.replace = replace
        self.owner = os.getpid()
        self.number = self.engine.open_call(pack_task(Task(call_own, Task.OWN), None, pool))
        self.delivery = _engine.Delivery(False, True)
        self.lock = threading.RLock()
        self.waiting: deque[tuple[int, Future, Any]] = deque()
        self.running: dict[int, tuple[Future, Any]] = {}
        self.unpushed: deque[tuple[int, Any]] = deque()  # running, but there was no room yet
        self.ids = itertools.count()
        self.broken: BaseException | None = None
        self.killed = False
        self.refusal: Any = refused_task if replace else None
        self.closing = False
        self.thread: threading.Thread | None = None
        self.own_reference = weakref.ref(self)

    def submit(self, work: Any) -> Future:
        future = Future()
        with self.lock:
            number = next(self.ids)
            future._source = self.own_reference, number
            self.waiting.append((number, future, work))
            self.pump()
            if self.thread is None:
                self.thread = threading.Thread(
                    target=run_completions, args=(self,), name="braid_completions", daemon=True
                )
                try:
                    self.thread.start()
                except Exception:  # there may be no more threads; the next task tries again
                    self.thread = None
                    raise
        return future

    def fetch(self, future: Future, number: int, timeout: float) -> None:
        """Waits in the thread that wants the result, without the completion thread between.

        Only where nothing but results is to be expected; otherwise it returns at once, and the
        completion thread does what there is to do.
        """
        if self.waiting or self.unpushed or self.owner != os.getpid():
            return
        self.engine.await_own(self.number, number, self.running, future, timeout)
        if self.waiting or self.unpushed or self.closing:
            self.wake()

    def limit(self) -> int:
        items, busy = self.engine.totals()
        ahead: int = self.pool.workers + EXTRA
        return ahead * FURTHER if items and busy / items < SHORT else ahead

    def pump(self) -> None:
        """Hands over what the workers can take."""
        refused: list[tuple[Future, BaseException]] = []
        try:
            with self.lock:
                self._pump(refused)
        finally:
            # Their callbacks may wait for somebody who submits, so nobody holds the lock here.
            for future, error in refused:
                future.set_exception(error)

    def _pump(self, refused: list[tuple[Future, BaseException]]) -> None:
        # Pickling may run the user's code, which may submit: whatever is about to be pushed has
        # left its queue before.
        limit = self.limit() if self.waiting else 0
        while self.waiting and len(self.running) < limit and self.broken is None:
            number, future, work = self.waiting.popleft()
            if not _engine.begin(future):
                continue
            # Before it is pushed: its result may be there before push() returns.
            self.running[number] = (future, work)
            try:
                pushed = self.engine.push(self.number, [work], number, 0)
            except BaseException as error:
                del self.running[number]
                if self.refusal is not None and isinstance(error, Exception):
                    refused.append((future, self.refusal(work, error, number)))
                else:
                    refused.append((future, error))
                continue
            if not pushed:
                # It is marked as running; nobody can cancel it any more.
                self.unpushed.append((number, work))
                break
        while self.unpushed:
            number, work = self.unpushed.popleft()
            if not self.engine.push(self.number, [work], number, 0):
                self.unpushed.appendleft((number, work))
                break
        self.pool.start_workers(len(self.running))

    # -- in the completion thread

    def step(self) -> None:
        if self.killed:
            self.give_up("the executor's workers were killed", None)
            return
        timeout = 0.05 if self.running else -1.0
        others, readable = self.engine.poll(self.delivery, self.pool.fileno(), timeout)
        deaths: Any = ()
        if readable:
            with self.lock:  # whoever submits may be starting workers
                deaths = self.pool.deaths(self.delivery, others)
        # Callbacks may kill the workers: then all that was running has got its answer.
        for number, result in self.delivery.take():
            if self.broken is None:
                future, _ = self.take_back(number)
                _engine.complete(future, result)
        for kind, _, number, _, worker, payload, _ in others:
            if self.broken is not None:
                return
            if kind == "hello":
                self.hello(worker, payload)
                continue
            future, work = self.take_back(number)
            future.set_exception(self.rebuild(kind, payload, number, work, worker))
        for death in deaths:
            if self.broken is not None:
                return
            self.died(death)
        if self.broken is None:
            self.pump()

    def take_back(self, number: int) -> tuple[Future, Any]:
        """From what runs; whoever has come to fetch it waits for its future now."""
        found = self.running.pop(number)
        self.engine.nudge()
        return found

    def rebuild(self, kind: str, payload: Any, number: int, work: Any, worker: int) -> Any:
        text = ""
        pid = None
        error = payload
        if not self.pool.in_process:
            pid = self.pool.pids.get(worker)
            if kind != "undecodable":
                error, text = _pickling.rebuild_exception(payload)
                _pickling.chain_remote(error, text)
        attach_info(error, ErrorInfo(number, short_repr(work[1]), pid, 1, text))
        return error

    def hello(self, worker: int, said: bytes) -> None:
        if said[:1] == b"R":
            self.pool.said_hello(worker)
            return
        if show_output(said):
            return
        cause, text = _pickling.rebuild_exception(said[1:])
        _pickling.chain_remote(cause, text)
        self.give_up(f"the initializer raised {type(cause).__name__}: {cause}", cause)

    def died(self, death: Any) -> None:
        if death.exitcode == 0 and death.lost is None:
            return  # the next pump() starts another if there is work
        if self.replace:
            if death.lost is not None:
                number = death.lost[1]
                future, work = self.take_back(number)
                future.set_exception(self.death_error(death, work))
            if death.was_ready or self.pool.failed_starts < self.pool.most_failed_starts:
                return
        self.give_up(
            f"A process in the process pool was terminated abruptly: the worker {death.pid} "
            f"{death.how()} while the future was running or pending.",
            None,
            death,
        )

    def death_error(self, death: Any, work: Any) -> BaseException:
        _, index, attempt, _ = death.lost
        shown = short_repr(work[1])
        message = f"the worker {death.pid} {death.how()} at {short_repr(work[0])}: {shown}"
        return worker_died(message, death, index, shown, attempt + 1)

    def give_up(self, why: str, cause: BaseException | None, death: Any = None) -> None:
        """The pool is broken: every future that is not done says so."""
        lost = death.lost[1] if death is not None and death.lost is not None else None
        with self.lock:
            self.broken = broken_error(why)
            self.pool.broken = True
            running = dict(self.running)
            waiting = list(self.waiting)
            self.running.clear()
            self.waiting.clear()
            self.unpushed.clear()
        self.engine.nudge()
        for number, (future, work) in running.items():
            error = self.death_error(death, work) if number == lost else broken_error(why)
            error.__cause__ = cause
            future.set_exception(error)
        for _, future, _ in waiting:
            if future.set_running_or_notify_cancel():
                error = broken_error(why)
                error.__cause__ = cause
                future.set_exception(error)
        self.pool.close()

    def is_done(self) -> bool:
        with self.lock:
            return self.broken is not None or (
                self.closing and not self.running and not self.waiting
            )

    def wake(self) -> None:
        """The completion thread looks at `closing` again."""
        try:
            os.eventfd_write(self.engine.bell, 1)
        except AttributeError:  # before Python 3.10
            os.write(self.engine.bell, (1).to_bytes(8, sys.byteorder))
        except OSError:
            pass


def refused_task(work: Any, error: Exception, number: int) -> Exception:
    return _pickling.not_picklable(work, error, "task", number)


def broken_error(why: str) -> BraidError:
    from ._worker_died import BrokenPool

    return BrokenPool(why)


def run_completions(tasks: _Tasks) -> None:
    while not tasks.is_done():
        try:
            tasks.step()
        except BaseException as error:
            tasks.give_up(f"{type(error).__name__}: {error}", error)
            break
    tasks.pool.close(0.5)


class _Executor(_base.Executor):
    """The parts that all executors share."""

    _tasks: Any
    owner: int  # the process that made it

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        tasks = self._tasks
        if self.owner != os.getpid():
            # Its workers answer to the process that made it.
            raise RuntimeError("this executor was made in another process; make a new one here")
        with tasks.lock:
            if tasks.broken is not None:
                raise broken_error(str(tasks.broken))
            if tasks.closing:
                raise RuntimeError("cannot schedule new futures after shutdown")
            refuse_at_exit()
            future: Future = tasks.submit((fn, args, kwargs))
            return future

    def _after_fork(self) -> None:
        """Nothing: submit() and shutdown() look at who has made it."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        close_tasks(self._tasks, wait, cancel_futures)


def close_tasks(tasks: _Tasks, wait: bool, cancel_futures: bool) -> None:
    if tasks.owner != os.getpid():
        return  # a fork: its lock may be held by a thread that is not here
    with tasks.lock:
        tasks.closing = True
        waiting = list(tasks.waiting) if cancel_futures else []
        if cancel_futures:
            tasks.waiting.clear()
        thread = tasks.thread
        if thread is None:
            tasks.pool.close(0.5 if wait else 0.0)
    for _, future, _ in waiting:
        future.cancel()
        future.set_running_or_notify_cancel()
    if thread is not None:
        tasks.wake()
        if wait and thread is not threading.current_thread():
            thread.join()


def call_chunk(function: Any, chunk: list[tuple[Any, ...]]) -> list[Any]:
    return [function(*args) for args in chunk]


def chunks_of(rows: Iterator[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    while True:
        chunk = list(itertools.islice(rows, size))
        if not chunk:
            return
        yield chunk


def unpacked(chunks: Iterator[list[Any]]) -> Iterator[Any]:
    """Their items, of which no reference stays here."""
    for chunk in chunks:
        chunk.reverse()
        while chunk:
            yield chunk.pop()


class ProcessPoolExecutor(_Executor):
    """concurrent.futures.ProcessPoolExecutor on Braid's engine.

    Functions of `__main__`, lambdas and closures work, and scripts need no main guard.
    `mp_context`: a multiprocessing context or its name; None is Braid's own fork server.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: Any = None,
        initializer: Callable[..., Any] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
    ) -> None:
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        if max_tasks_per_child is not None:
            if not isinstance(max_tasks_per_child, int):
                raise TypeError("max_tasks_per_child must be an integer")
            if max_tasks_per_child <= 0:
                raise ValueError("max_tasks_per_child must be >= 1")
        method = mp_context if isinstance(mp_context, str) else None
        if mp_context is not None and method is None:
            method = mp_context.get_start_method()
        if max_tasks_per_child is not None and method == "fork":
            raise ValueError(
                "max_tasks_per_child is incompatible with the 'fork' multiprocessing start method; "
                "supply a different mp_context."
            )
        options = _options.Options().replaced(
            backend="processes",
            start_method=method or "forkserver",
            initializer=initializer,
            initargs=tuple(initargs),
            max_tasks_per_worker=max_tasks_per_child,
        )
        self._max_workers = max_workers or _state.cpu_count()
        _options.need_processes()
        self._open(options, replace=False)

    def _open(self, options: Any, replace: bool) -> None:
        self.owner = os.getpid()
        pool = _pools.ProcessPool(options, self._max_workers, logs_initializer=not replace)
        self._tasks = _Tasks(pool, replace)
        weakref.finalize(self, close_tasks, self._tasks, False, False).atexit = False
        open_executors.add(self)

    def map(
        self,
        fn: Callable[..., Any],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[Any]:
        """As map(fn, *iterables), each `chunksize` of them as one task.

        Raises TimeoutError when a result is not there `timeout` seconds after this call.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if chunksize == 1:
            return super().map(fn, *iterables, timeout=timeout)
        chunks = chunks_of(zip(*iterables), chunksize)
        return unpacked(super().map(functools.partial(call_chunk, fn), chunks, timeout=timeout))

    def kill_workers(self) -> None:
        """Kills the workers at once; what was not done fails with BrokenProcessPool."""
        tasks = self._tasks
        if tasks.owner != os.getpid():
            return
        with tasks.lock:
            tasks.closing = tasks.killed = True
            thread = tasks.thread
        if thread is None:
            tasks.pool.close()
        elif thread is threading.current_thread():
            tasks.step()
        else:
            tasks.wake()
            thread.join()

    # Names that programs look at although they begin with an underscore.

    @property
    def _processes(self) -> dict[int, WorkerProcess]:
        pool = self._tasks.pool
        workers = [WorkerProcess(pool, slot) for slot in list(pool.pids)]
        return {worker.pid or -1 - at: worker for at, worker in enumerate(workers)}

    @property
    def _broken(self) -> Any:
        broken = self._tasks.broken
        return str(broken) if broken is not None else False

    @property
    def _executor_manager_thread(self) -> threading.Thread | None:
        thread: threading.Thread | None = self._tasks.thread
        return thread


class RunnerExecutor(ProcessPoolExecutor):
    """What Runner.submit uses: a dead worker is replaced, and only its task fails."""

    def __init__(self, options: Any, workers: int) -> None:
        self._max_workers = workers
        if options.backend == "threads":
            self.owner = os.getpid()
            pool: Any = _pools.ThreadPool(options, workers)
            self._tasks = _Tasks(pool, True)
            weakref.finalize(self, close_tasks, self._tasks, False, False).atexit = False
            open_executors.add(self)
        else:
            self._open(options, replace=True)
