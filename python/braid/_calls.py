"""One call in flight on a pool: pulls inputs, keeps the workers busy, hands results on in order.

Everything that happens for each item happens in the engine; here is what happens for each batch and
each failure. All of it runs in the calling thread.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque

from . import _engine, _pickling
from ._batches import BatchSize, Source
from ._errors import (
    ErrorInfo,
    InitializerFailed,
    ItemTimeout,
    RemoteError,
    attach_info,
    short_repr,
    worker_died,
)
from ._log import log
from ._options import Options
from ._output import show_output
from ._packed import pack_task
from ._pools import Death
from ._tasks import Stats, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

SHARE = __package__ + "._share"  # loaded once somebody has used it
# Bytes of large items that are pushed and not done, and of results that wait for their turn; one
# item alone always passes.
MOST_HELD = 64 << 20
SMALL_REST = 256  # items: what is left goes at once, if it is a millisecond's work at all
LOOK_AFTER = 0.001  # seconds of handing over until results are looked for
WORKERS_FOR_ONE = 16  # item of a hand-over, at most
PATIENCE = 0.001  # seconds between looks at results that nobody waits for one by one
STREAM_PATIENCE = 0.0001  # and where somebody does
NAP = 0.02  # seconds: the longest that an answer without a bell lies unread
MOST_IDLE_DEATHS = 20  # in a row, with no item done meanwhile
KILL_GRACE = 0.03  # seconds after Ctrl-C before busy workers are killed


class PoolCall:
    """Gives results in chunks; see next_chunk()."""

    def __init__(
        self,
        pool: Any,
        task: Task,
        items: Iterable[Any],
        options: Options,
        total: int | None,
        stats: Stats,
        first: int = 0,
    ) -> None:
        self.pool = pool
        self.engine = pool.engine
        self.options = options
        self.task = task
        self.stats = stats
        self.source = Source(items)
        self.total = total
        self.number = self.engine.open_call(pack_task(task, options.seed, pool))
        self.arrived: Any = options.arrived
        self.delivery = _engine.Delivery(options.ordered, False, first, self.arrived is not None)
        self.pulled = first  # items before `first` are not this call's
        self.exhausted = False
        self.waiting: list[Any] = []  # pulled, but there was no room
        self.again: deque[tuple[Any, int, int]] = deque()  # (item, index, attempt)
        self.error: BaseException | None = None
        self.error_index = -1
        self.source_error: BaseException | None = None
        self.batch = BatchSize(self.engine, options.batch, task.key())
        self.pushed = 0
        self.collected = False  # nobody sees a result before all are there
        self.closed = False
        self.interrupted = False  # another thread asks for the end
        self.begun_at: dict[int, tuple[int, int, float]] = {}  # slot → (index, attempt, since)
        self.idle_deaths = 0
        self.items_at_idle_death = -1
        self.timed_out: set[int] = set()  # slots that were killed for it
        self.kept: deque[tuple[int, list[Any]]] = deque()  # (index after, files of share())

    # -- pushing

    def _pull(self, most: int) -> list[Any]:
        if self.waiting:
            items, self.waiting = self.waiting, []
            return items
        items, error = self.source.take(most)
        if error is not None:
            self.exhausted = True
            self.source_error = error
            if not isinstance(error, Exception):
                self.pulled += len(items)
                raise error
        if len(items) < most:
            self.exhausted = True
        self.pulled += len(items)
        return items

    def fill(self) -> None:
        """Pushes as much as the window and the workers can take."""
        while self.again:  # after a failure those before it, which may yet be the first
            item, index, attempt = self.again[0]
            if not self._push_again(item, index, attempt):
                break
            self.again.popleft()
        if self.error is not None or (self.exhausted and not self.waiting):
            self.pool.start_workers(self._running())
            return
        self.engine.ring_every(PATIENCE if self.collected else STREAM_PATIENCE)
        most_items = self.batch.measure(self.pushed)
        workers = self.pool.workers
        in_flight = self.engine.unanswered(self.number)
        # Of what is not known at all, little is on its way: each result may be large.
        most = workers * max(2, (3 if self.delivery.received else 2) * most_items)
        # For many workers several at once, however long they take: each item is claimed alone.
        batch = max(most_items, workers // WORKERS_FOR_ONE)
        began = time.perf_counter()
        while self.error is None and not (self.exhausted and not self.waiting):
            open_window = self.options.window - (self.pulled - self.delivery.delivered)
            size = min(batch, most - in_flight, self.batch.by_bytes(self.pushed))
            if self.waiting:
                size = len(self.waiting)
            else:
                if self.total is not None:
                    rest = max(1, self.total - self.pulled)
                    size = min(size, max(-(-rest // workers), SMALL_REST))
                else:
                    size = min(size, self.source.pace)
                size = min(size, open_window)
            if size <= 0 or (in_flight and most - in_flight < batch):
                break
            if self._is_too_much(in_flight):
                break
            if in_flight and self._results_are_due(began):
                break
            items = self._pull(size)
            if not items:
                break
            pushed = self._push(items)
            in_flight += pushed
            if pushed < len(items):
                break
        self.pool.start_workers(in_flight)

    def _is_too_much(self, in_flight: int) -> bool:
        """Whether one more item's bytes, or its result's, would be."""
        if not in_flight:
            return False
        held = self.engine.held_bytes + self.delivery.waiting_bytes
        if in_flight >= self.pool.workers:
            held += (in_flight + 1) * self.delivery.mean_bytes
        return bool(held > MOST_HELD)

    def _results_are_due(self, began: float) -> bool:
        """Whether somebody waits for results, which may have come since handing over began."""
        if self.collected:
            return False
        late = time.perf_counter() - began > LOOK_AFTER
        if self.delivery.delivered or self.stats.failed:
            return late and bool(self.engine.has_answers())
        return late or bool(self.engine.has_answers())

    def _push(self, items: list[Any]) -> int:
        first = self.pulled - len(items)
        try:
            share = sys.modules.get(SHARE)
            if share is None or not share.in_use:
                pushed: int = self.engine.push(self.number, items, first, 0)
            else:
                pushed = self._push_keeping(items, first, share)
        except Exception as error:
            refused = _pickling.not_picklable(items[0], error, "item", first)
            refused.__cause__ = error
            self.fail(first, refused, ErrorInfo(first, short_repr(items[0]), None, 0, ""))
            self.waiting = items[1:] if self.error is None else []
            return len(items) if not self.waiting else 1
        self.stats.batches += 1
        self.pushed += pushed
        if pushed < len(items):
            self.waiting = items[pushed:]
        return pushed

    def _push_keeping(self, items: list[Any], first: int, share: Any) -> int:
        """The caller may drop its handles of share(); the workers read their files later."""
        if not self.options.ordered:
            if not self.again and not self.engine.unanswered(self.number):
                self.kept.clear()
        else:
            while self.kept and self.kept[0][0] <= self.delivery.delivered:
                self.kept.popleft()
        files: list[Any] = []
        with share.Keeping(files):
            pushed: int = self.engine.push(self.number, items, first, 0)
        if files:
            self.kept.append((first + len(items), files))
        return pushed

    def _push_again(self, item: Any, index: int, attempt: int) -> bool:
        if self.pool.in_process:
            return bool(self.engine.push(self.number, [item], index, attempt))
        return bool(self.engine.push_encoded(self.number, item, index, attempt))

    # -- receiving

    def next_chunk(self) -> list[Any] | None:
        """Some results in order (any order with ordered=False), or None at the end.

        Raises what the call raises, after all that comes before it.
        """
        while True:
            chunk: list[Any] = self.delivery.take()
            if chunk:
                return chunk
            if self.finished():
                self.finish()
                return None
            try:
                if self.interrupted:
                    # Threads cannot be killed, so what they have in hand is waited for.
                    self.close() if self.pool.in_process else self.abort()
                    return None
                self.fill()
                self.step(NAP)
            except BaseException:
                self.abort()
                raise

    def finished(self) -> bool:
        if self.again or (self.error is None and (not self.exhausted or self.waiting)):
            return False
        return self._running() == 0

    def _running(self) -> int:
        """Items that were pushed and will be answered; not those that were given up."""
        return int(self.engine.unanswered(self.number)) - int(self.delivery.ignored)

    def finish(self) -> None:
        error = self.error if self.error is not None else self.source_error
        self.batch.remember()
        self.close()
        if error is not None:
            self.error = self.source_error = None
            try:
                raise error
            finally:
                del error  # else it would hold itself, through its traceback

    def step(self, timeout: float) -> None:
        """Waits for something to happen, and sees to it."""
        if self.options.timeout is not None:
            timeout = min(timeout, self.options.timeout / 4)
        others, readable = self._poll(timeout)
        deaths = self.pool.deaths(self.delivery, others) if readable else ()
        for kind, call, index, attempt, worker, payload, item in others:
            if kind == "hello":
                self._hello(worker, payload)
            elif call == self.number:
                self._failed(kind, index, attempt, worker, payload, item)
        for death in deaths:
            self._died(death)
        if self.options.timeout is not None:
            self._check_times(self.options.timeout)

    def _poll(self, timeout: float) -> tuple[list[Any], bool]:
        found: tuple[list[Any], bool] = self.engine.poll(self.delivery, self.pool.fileno(), timeout)
        if self.arrived is not None:
            arrivals = self.delivery.arrivals()
            if arrivals:
                self.arrived(arrivals)
        return found

    def _hello(self, worker: int, said: bytes) -> None:
        if said[:1] == b"R":
            self.pool.said_hello(worker)
            return
        if show_output(said):
            return
        self.pool.broken = True
        cause, text = _pickling.rebuild_exception(said[1:])
        _pickling.chain_remote(cause, text)
        error = InitializerFailed(f"the initializer raised {type(cause).__name__}: {cause}")
        raise error from cause

    def _failed(
        self, kind: str, index: int, attempt: int, worker: int, payload: Any, item: Any
    ) -> None:
        text = ""
        pid = None
        if self.pool.in_process:
            error = payload
        elif kind == "undecodable":
            error = payload
            pid = self.pool.pids.get(worker)
        elif not payload:
            error = RemoteError("an exception that could not be described", type_name="?")
            pid = self.pool.pids.get(worker)
        else:
            error, text = _pickling.rebuild_exception(payload)
            pid = self.pool.pids.get(worker)
            _pickling.chain_remote(error, text)
        self.outcome(index, attempt, error, pid, text, item)

    def outcome(
        self, index: int, attempt: int, error: BaseException, pid: int | None, text: str, item: Any
    ) -> None:
        """An item's attempt ended with an exception: again, or for good."""
        wanted = self.error is None or (self._smallest_first() and index < self.error_index)
        if attempt < self.options.retries and isinstance(error, Exception) and wanted:
            self.stats.retried += 1
            log("again", index=index, attempt=attempt + 1, error=f"{type(error).__name__}: {error}")
            if not self._push_again(item, index, attempt + 1):
                self.again.append((item, index, attempt + 1))
            return
        info = ErrorInfo(index, self._show(item), pid, attempt + 1, text)
        self.fail(index, error, info)

    def _show(self, item: Any) -> str:
        if not self.pool.in_process:
            try:
                item = self.engine.decode_item(item)
            except Exception as error:
                return f"<{type(error).__name__} when it was unpickled>"
        return short_repr(item)

    def fail(self, index: int, error: BaseException, info: ErrorInfo) -> None:
        self.stats.failed += 1
        attach_info(error, info)
        if self.options.on_error != "raise" and isinstance(error, Exception):
            if self.options.on_error == "return":
                self.delivery.put(index, error)
            else:
                self.delivery.skip(index)
            return
        smallest_first = self._smallest_first()
        if self.error is None or (smallest_first and index < self.error_index):
            self.error = error
            self.error_index = index
            self.waiting.clear()
        self.engine.cancel(self.number, index if smallest_first else 0)
        self.again = deque(entry for entry in self.again if smallest_first and entry[1] < index)

    def _smallest_first(self) -> bool:
        return self.options.ordered and not self.options.raises_first_seen

    def _died(self, death: Death) -> None:
        left = death.exitcode == 0 and death.lost is None  # by itself
        self.stats.died += 0 if left else 1
        if left:
            pass
        elif not death.was_ready and death.lost is None:
            if self.pool.failed_starts >= self.pool.most_failed_starts:
                self.pool.broken = True
                raise InitializerFailed(f"a worker {death.how()} before it was ready")
        elif death.lost is None:
            self._died_idle(death)
        elif death.lost[0] == self.number:
            _, index, attempt, item = death.lost
            self.outcome(index, attempt, self._death_error(death), death.pid, "", item)
        unanswered = self.engine.unanswered(self.number)
        if unanswered:
            self.pool.start_workers(unanswered)

    def _died_idle(self, death: Death) -> None:
        """Between items, or while it loaded the function; that must not go on for ever."""
        items = self.engine.totals()[0]
        if items != self.items_at_idle_death:
            self.items_at_idle_death = items
            self.idle_deaths = 0
        self.idle_deaths += 1
        if self.idle_deaths >= MOST_IDLE_DEATHS:
            self.pool.broken = True
            message = (
                f"{self.idle_deaths} workers in a row died before they began an item; the last, "
                f"{death.pid}, {death.how()}: loading the function may be what kills them"
            )
            raise worker_died(message, death, None, "", self.idle_deaths)

    def _death_error(self, death: Death) -> BaseException:
        _, index, attempt, item = death.lost
        shown = self._show(item)
        if death.slot in self.timed_out:
            self.timed_out.discard(death.slot)
            return self._over_time(index, shown, attempt)
        message = f"the worker {death.pid} {death.how()} at item {index}: {shown}"
        return worker_died(message, death, index, shown, attempt + 1)

    # -- time

    def _check_times(self, limit: float) -> None:
        now = time.monotonic()
        for slot in range(self.pool.slots):
            found = self.engine.in_hand(slot, self.number)
            if found is None or self.delivery.ignores(found[0], found[1]):
                self.begun_at.pop(slot, None)
                continue
            index, attempt, item = found
            known = self.begun_at.get(slot)
            if known is None or known[:2] != (index, attempt):
                self.begun_at[slot] = (index, attempt, now)
            elif now - known[2] >= limit and slot not in self.timed_out:
                if self.pool.in_process:
                    self._give_up(slot, index, attempt, item)
                else:
                    log("over time", index=index, attempt=attempt, limit=limit)
                    self.timed_out.add(slot)
                    self.pool.kill(slot)

    def _over_time(self, index: int, shown: str, attempt: int) -> ItemTimeout:
        return ItemTimeout(
            f"item {index} took longer than {self.options.timeout} s: {shown}",
            index=index,
            item=shown,
            attempts=attempt + 1,
        )

    def _give_up(self, slot: int, index: int, attempt: int, item: Any) -> None:
        """A thread goes on; nobody waits for it, and another takes its place."""
        log("over time, a thread is given up", index=index, attempt=attempt)
        self.pool.give_up(slot)
        self.delivery.ignore(index, attempt)
        error = self._over_time(index, short_repr(item), attempt)
        self.outcome(index, attempt, error, None, "", item)
        unanswered = self._running()
        if unanswered:
            self.pool.start_workers(unanswered)

    # -- ending

    def interrupt(self) -> None:
        """From another thread: the next look ends the call."""
        self.interrupted = True

    def close(self) -> None:
        """Nothing of this call runs any more when it returns."""
        if self._ends_here():
            return
        try:
            self.engine.cancel(self.number, 0)
            while self._running() > 0:
                self._look(NAP)
        except BaseException:
            self._kill()
            raise
        if not self.delivery.ignored:
            self.engine.close_call(self.number)

    def abort(self) -> None:
        """As close(), for those who cannot wait: what still runs after a moment is killed."""
        if not self._ends_here():
            self._kill()

    def _ends_here(self) -> bool:
        """Whether there is nothing to end: it has been done, or this is a fork, whose parent goes
        on with the call."""
        ended = self.closed or self.pool.owner != os.getpid()
        self.closed = True
        return ended

    def _look(self, timeout: float) -> None:
        """Takes what has come, for nobody but the journal."""
        others, readable = self._poll(timeout)
        if readable:
            self.pool.deaths(self.delivery, others)
        for kind, *_, payload, _ in others:
            if kind == "hello":
                show_output(payload)

    def _kill(self) -> None:
        self.engine.cancel(self.number, 0)
        until = time.monotonic() + KILL_GRACE
        killed = False
        while self._running():
            self._look(0.005)
            if not killed and time.monotonic() >= until:
                self.pool.kill_busy(self.number)
                killed = True
            if self.pool.in_process and killed:
                break
            if time.monotonic() > until + 5:
                break
        if self._running():
            self.pool.broken = True
        else:
            self.engine.close_call(self.number)
