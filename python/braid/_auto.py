"""backend="auto": looks at the first items, then decides; `f` is taken to be a pure function.

The first item runs on a thread. If it is not done in 20 ms, its processor clock says whether it
waits (threads) or computes (processes), and the pool works on the others while it goes on. If it is
done, items run one after another until that has cost 20 ms, which work too small for a pool never
does; what plainly waits goes to threads sooner, since those cost next to nothing. What computes
goes to processes when they will gain more than it takes to start them.
"""

from __future__ import annotations

import threading
import time

from . import _options, _pools
from ._serial import SerialCall
from ._tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ._options import Options
    from ._tasks import Stats

PATIENCE = 0.02  # seconds
SHORT_PATIENCE = 0.002  # seconds of items that all wait
LONG_ENOUGH = 0.004  # seconds that one item has waited
THREADS_START = 0.003  # seconds
PROCESSES_START = 0.07  # seconds; warm ones as threads
NEXT_LOOK = 0.005  # seconds
TINY = 2e-6  # seconds: items that are smaller cost more to hand over than to do
COMPUTES = 0.5  # of its time on the processor, and it is not waiting
PLAINLY_WAITS = 0.2  # of its time at most


def wanted_processor(thread: threading.Thread | None = None) -> float:
    """Seconds that a thread (None: this one) has computed or stood in line for a processor: on a
    busy machine a computation stands in line, too, and must not look as if it waited for something.
    """
    if thread is None:
        ran, native = time.thread_time(), threading.get_native_id()
    else:
        native = thread.native_id or 0
        try:
            # Linux's number for that thread's clock; pthreads' way to it is not safe for a thread
            # that may have ended. The file below has it too, but only from tick to tick.
            ran = time.clock_gettime((~native << 3) | 6)
        except (OSError, OverflowError, AttributeError):
            return time.thread_time()
    try:
        with open(f"/proc/self/task/{native}/schedstat", "rb") as file:
            return ran + int(file.read().split()[1]) * 1e-9
    except (OSError, ValueError):
        return ran


def pauses() -> int:
    """How often this thread has waited for something by itself."""
    try:
        import resource

        return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    except (ImportError, AttributeError, OSError):
        return 0


class Probe(threading.Thread):
    """The first item, and how long it took."""

    def __init__(self, run: Callable[[], Any]) -> None:
        super().__init__(name="braid_probe", daemon=True)
        self.run_item = run
        self.found: Any = None
        self.error: BaseException | None = None
        self.wall = 0.0
        self.cpu = 0.0

    def run(self) -> None:
        began, used = time.perf_counter(), wanted_processor()
        try:
            self.found = self.run_item()
        except BaseException as error:
            self.error = error
        self.wall = time.perf_counter() - began
        self.cpu = wanted_processor() - used

    def share_of_processor(self, began: float) -> float:
        """While it runs: how much of its time it computes, or would if a processor were free."""
        return wanted_processor(self) / max(time.perf_counter() - began, 1e-9)


class AutoCall:
    """Serial until that has cost something; then the rest on a pool."""

    def __init__(
        self,
        task: Task,
        items: Iterable[Any],
        options: Options,
        total: int | None,
        stats: Stats,
        open_rest: Callable[[str, str, Any, int | None, int], Any],
    ) -> None:
        self.task = task
        self.source = iter(items)
        self.options = options
        self.total = total
        self.stats = stats
        self.open_rest = open_rest
        self.serial = SerialCall(task, self.source, options.with_backend("serial"), stats)
        self.probe: Probe | None = None
        self.rest: Any = None
        self.done = 0
        self.interrupted = False
        self.measured_from = 0  # items before it are not in these times
        self.wall = 0.0
        self.cpu = 0.0
        self.ran = 0.0  # the part of `cpu` that was not standing in line
        self.pauses = 0
        self.all_wall = 0.0
        self.ended = False

    def next_chunk(self) -> list[Any] | None:
        if self.interrupted:
            self.close()
            return None
        if self.rest is not None:
            chunk: list[Any] | None = self.rest.next_chunk()
            return chunk
        if self.ended:
            return None
        if self.probe is None:
            return self._first()
        return self._slice()

    def _first(self) -> list[Any] | None:
        try:
            item = next(self.source)
        except StopIteration:
            self.ended = True
            return None
        one = SerialCall(self.task, [item], self.options.with_backend("serial"), self.stats)
        self.done = 1
        self.probe = probe = Probe(one.next_chunk)
        began = time.perf_counter()
        probe.start()
        probe.join(PATIENCE)
        if probe.is_alive():
            computes = probe.share_of_processor(began) >= COMPUTES
            if self.total != 1:
                self._decide(computes, "the first item took more than 20 ms")
            self._work_on(probe)
        if probe.error is not None:
            self.abort()
            raise probe.error
        self.wall += probe.wall
        self.cpu += probe.cpu
        self.serial.index = 1
        if self.rest is None and probe.wall >= LONG_ENOUGH:
            self._look()
        # An item that was left out gives no chunk; neither must end the call.
        return probe.found if probe.found else self.next_chunk()

    def _work_on(self, probe: Probe) -> None:
        """While the first item goes on, the others do."""
        while self.rest is not None and not self.rest.finished():
            probe.join(NEXT_LOOK)
            if not probe.is_alive():
                return
            try:
                self.rest.fill()
                self.rest.step(0.0)
            except BaseException:
                self.rest.abort()
                raise
        probe.join()

    def _look(self) -> None:
        """Goes over to threads or processes if the items so far say that it is worth it."""
        each = self.wall / max(1, self.done - self.measured_from)
        left = None if self.total is None else (self.total - self.done) * each
        if left is None:
            left = self.all_wall  # as much again
        used = self._used()
        waits = used < COMPUTES * self.wall
        if used < PLAINLY_WAITS * self.wall and self.wall >= SHORT_PATIENCE:
            # After many that took no time, it is the last one that says what comes.
            lasting = 0.0 if self.total is None else (self.total - self.done) * self.serial.last
            worth_it = max(left, lasting) > THREADS_START
            each = max(each, self.serial.last)
        elif self.wall < PATIENCE:
            return
        elif waits:
            worth_it = left > PATIENCE
        else:
            gain = left * (1 - 1 / _options.worker_count(self.options.with_backend("processes")))
            worth_it = gain > self._processes_start()
        if each >= TINY and worth_it:
            self._decide(not waits, f"{each * 1e6:.0f} microseconds an item")
        elif self.wall >= PATIENCE:
            self.wall = self.cpu = self.ran = 0.0
            self.pauses = 0
            self.measured_from = self.done

    def _used(self) -> float:
        """Seconds that the items want a processor. Those that pause stand in line afterwards, where
        the machine is busy; that is part of their waiting."""
        each_pauses = self.pauses * 2 >= self.done - self.measured_from
        return min(self.ran, self.cpu) if each_pauses else self.cpu

    def _processes_start(self) -> float:
        options = self.options.with_backend("processes")
        warm = _pools.cache.is_warm(options, _options.worker_count(options))
        return THREADS_START if warm else PROCESSES_START

    def _slice(self) -> list[Any] | None:
        """Items one after another, for as long as that is cheap."""
        clock = time.perf_counter
        began, used = clock(), wanted_processor()
        ran, paused = time.thread_time(), pauses()
        patience = SHORT_PATIENCE if self.all_wall < PATIENCE else PATIENCE / 4
        chunk, self.ended = self.serial.run_until(began + patience)
        self.wall += clock() - began
        self.all_wall += clock() - began
        self.cpu += wanted_processor() - used
        self.ran += time.thread_time() - ran
        self.pauses += pauses() - paused
        self.done = self.serial.index
        if self.ended:
            return chunk or None
        if self.serial.failure is None:
            self._look()
        return chunk if chunk else self.next_chunk()

    def _decide(self, computes: bool, what: str) -> None:
        rest = None if self.total is None else self.total
        if computes:
            backend, why = "processes", f"{what}, computing"
        else:
            backend, why = "threads", f"{what}, mostly waiting"
        self.rest = self.open_rest(backend, why, self.source, rest, self.done)
        if self.interrupted:
            self.rest.interrupt()

    def interrupt(self) -> None:
        """From another thread: no further item begins."""
        self.interrupted = True
        self.serial.interrupt()
        if self.rest is not None:
            self.rest.interrupt()

    def close(self) -> None:
        self.ended = True
        if self.rest is not None:
            self.rest.close()

    def abort(self) -> None:
        self.ended = True
        if self.rest is not None:
            self.rest.abort()
