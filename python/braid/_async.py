"""Coroutines side by side in one event loop: amap, aimap, and backend="asyncio"."""

from __future__ import annotations

import asyncio
import inspect

from . import _api, _options, _random
from ._async_thread import results_from_thread
from ._errors import ErrorInfo, ItemTimeout, attach_info, short_repr, traceback_text
from ._serial import initialize
from ._tasks import Stats, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from typing import Any

    from ._options import Options


def is_async(function: Any) -> bool:
    """Whether calling it gives a coroutine, as far as that can be told beforehand."""
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    )


class Window:
    """Results of coroutines in chunks, as PoolCall gives them, within an event loop."""

    def __init__(
        self, task: Task, items: Iterable[Any], options: Options, workers: int, stats: Stats
    ) -> None:
        self.task = task
        self.source = iter(items)
        self.options = options
        self.workers = workers
        self.stats = stats
        self.pulled = 0
        self.delivered = 0
        self.exhausted = False
        self.done: dict[int, Any] = {}  # ordered; None marks an item that is left out
        self.ready: list[Any] = []
        self.error: BaseException | None = None
        self.error_index = -1
        self.source_error: BaseException | None = None
        self.crew: list[asyncio.Task[None]] = []
        self.at_work: dict[asyncio.Task[None], int] = {}  # the item that each has in hand
        self.cancelled: set[asyncio.Task[None]] = set()  # by us
        self.progress = asyncio.Event()
        self.room = asyncio.Event()

    async def next_chunk(self) -> list[Any] | None:
        try:
            while True:
                if not self.crew:
                    initialize(self.options)
                    self.crew = [
                        asyncio.ensure_future(self._work())
                        for _ in range(min(self.workers, self.options.window))
                    ]
                chunk = self._take()
                if chunk:
                    return chunk
                if all(member.done() for member in self.crew):
                    for member in self.crew:
                        member.result()
                    break
                self.progress.clear()
                self.room.set()
                await self.progress.wait()
        except BaseException:
            await self.close()
            raise
        error = self.error or self.source_error
        if error is not None:
            self.error = self.source_error = None
            try:
                raise error
            finally:
                del error  # else it would hold itself, through its traceback
        return None

    def _take(self) -> list[Any]:
        if not self.options.ordered:
            chunk, self.ready = self.ready, []
            return chunk
        chunk = []
        while self.delivered in self.done:
            found = self.done.pop(self.delivered)
            self.delivered += 1
            if found is not None:
                chunk.append(found[0])
        return chunk

    def _may_pull(self) -> bool:
        return not (self.exhausted or self.error is not None)

    async def _work(self) -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            while self._may_pull():
                while self.pulled - self.delivered >= self.options.window:
                    self.room.clear()
                    await self.room.wait()
                    if not self._may_pull():
                        return
                try:
                    item = next(self.source)
                except StopIteration:
                    self.exhausted = True
                    return
                except Exception as error:
                    self.exhausted = True
                    self.source_error = error
                    return
                index = self.pulled
                self.pulled += 1
                self.at_work[me] = index
                await self._run(index, item)
                self.at_work.pop(me, None)
                self.progress.set()
        except asyncio.CancelledError as error:
            at = self.at_work.get(me)
            if me not in self.cancelled and at is not None:  # by the item itself
                self._end_with(at, error)
        finally:
            self.at_work.pop(me, None)
            self.progress.set()

    async def _run(self, index: int, item: Any) -> None:
        for attempt in range(self.options.retries + 1):
            try:
                if self.options.seed is not None:
                    _random.hook(self.options.seed, reseed_global=False)(index, attempt)
                answer = self.task.apply(item)
                if inspect.isawaitable(answer):
                    if self.options.timeout is not None:
                        answer = await self._in_time(answer, index, item, attempt)
                    else:
                        answer = await answer
            except Exception as error:
                if attempt < self.options.retries:
                    self.stats.retried += 1
                    continue
                self._failed(index, item, attempt, error)
            else:
                if self.options.arrived is not None:
                    self.options.arrived([(index, answer)])
                self._put(index, (answer,))
                return

    async def _in_time(self, answer: Any, index: int, item: Any, attempt: int) -> Any:
        work = asyncio.ensure_future(answer)
        try:
            finished, _ = await asyncio.wait([work], timeout=self.options.timeout)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait([work])
            raise
        if finished:
            return work.result()
        work.cancel()
        await asyncio.wait([work])
        shown = short_repr(item)
        raise ItemTimeout(
            f"item {index} took longer than {self.options.timeout} s: {shown}",
            index=index,
            item=shown,
            attempts=attempt + 1,
        )

    def _put(self, index: int, found: tuple[Any, ...] | None) -> None:
        if self.options.ordered:
            self.done[index] = found
            return
        self.delivered += 1
        if found is not None:
            self.ready.append(found[0])

    def _failed(self, index: int, item: Any, attempt: int, error: Exception) -> None:
        self.stats.failed += 1
        text = traceback_text(error)
        attach_info(error, ErrorInfo(index, short_repr(item), None, attempt + 1, text))
        if self.options.on_error == "return":
            self._put(index, (error,))
            return
        if self.options.on_error == "skip":
            self._put(index, None)
            return
        self._end_with(index, error)

    def _end_with(self, index: int, error: BaseException) -> None:
        if self.error is None or (self.options.ordered and index < self.error_index):
            self.error = error
            self.error_index = index
        self.room.set()
        me = asyncio.current_task()
        for member, at in list(self.at_work.items()):
            if member is not me and (at > self.error_index or not self.options.ordered):
                self._cancel(member)

    def _cancel(self, member: asyncio.Task[None]) -> None:
        self.cancelled.add(member)
        member.cancel()

    async def close(self) -> None:
        self.exhausted = True
        for member in self.crew:
            self._cancel(member)
        if self.crew:
            await asyncio.wait(self.crew)


class LoopCall:
    """A Window in an event loop of its own, for callers that are not asynchronous."""

    def __init__(
        self, task: Task, items: Iterable[Any], options: Options, workers: int, stats: Stats
    ) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            raise RuntimeError("an event loop runs in this thread: await braid.amap instead")
        self.loop = asyncio.new_event_loop()
        self.window: Any = None
        self.arguments = (task, items, options, workers, stats)

    async def _next(self) -> Any:
        if self.window is None:
            self.window = Window(*self.arguments)
        return await self.window.next_chunk()

    def next_chunk(self) -> list[Any] | None:
        try:
            chunk: list[Any] | None = self.loop.run_until_complete(self._next())
        except BaseException:
            self.close()
            raise
        if chunk is None:
            self.close()
        return chunk

    def close(self) -> None:
        if self.loop.is_closed():
            return
        try:
            if self.window is not None:
                self.loop.run_until_complete(self.window.close())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            self.loop.close()

    abort = close

    def interrupt(self) -> None:
        """Nobody else has its loop."""


async def amap(f: Callable[..., Any], *iterables: Iterable[Any], **options: Any) -> list[Any]:
    """As map(), awaited. A coroutine function runs in this event loop, `workers` at once (100);
    any other function runs on the backend that the options name, without blocking the loop.
    """
    return await amap_with(_options.check(options), None, f, iterables)


async def amap_with(options: Options, keeper: Any, f: Any, iterables: Any) -> list[Any]:
    results: list[Any] = []
    async for result in results_of(options, keeper, f, iterables):
        results.append(result)
    return results


def aimap(f: Callable[..., Any], *iterables: Iterable[Any], **options: Any) -> AsyncIterator[Any]:
    """As imap(), an asynchronous iterator (with aclose()); see amap()."""
    return results_of(_options.check(options), None, f, iterables)


def results_of(options: Options, keeper: Any, f: Any, iterables: Any) -> AsyncIterator[Any]:
    items, total, passing = _api.sources(iterables)
    task = Task(f, passing)
    if not callable(f):
        raise TypeError(f"{type(f).__name__!r} object is not callable")
    # One generator, not one in another: aclose() must reach the call.
    if options.backend == "asyncio" or is_async(f):
        return results_in_loop(task, items, total, options.with_backend("asyncio"))
    return results_from_thread(task, items, total, options, keeper)


async def results_in_loop(
    task: Task, items: Any, total: int | None, options: Options
) -> AsyncIterator[Any]:
    run = LoopRun(task, items, total, options)
    try:
        while True:
            chunk = await run.next_results()
            if chunk is None:
                return
            for result in chunk:
                yield result
    finally:
        await run.end()


class LoopRun(_api.Run):
    """A call whose coroutines run in the caller's own event loop."""

    window: Window

    def _open(self, task: Task, items: Any) -> Any:
        self.window = Window(task, items, self.options, self.workers, self.stats)
        return self.window

    async def next_results(self) -> list[Any] | None:
        while True:
            chunk = await self.window.next_chunk()
            if chunk is None:
                return None
            if self.options.journal is not None:
                chunk = self.call.settle(chunk)
            if chunk:
                return self.delivers(chunk)

    async def end(self) -> None:
        try:
            await self.window.close()
        finally:
            if self.options.journal is not None:
                self.call.journal.close()
            self.done()
