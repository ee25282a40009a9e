"""A blocking call for an event loop: it runs in a thread of its own, its inputs are pulled in the
loop's thread, and its results come chunk by chunk, at the reader's pace.
"""

from __future__ import annotations

import asyncio
import threading
from itertools import islice

from . import _api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from typing import Any

    from ._options import Options
    from ._tasks import Task


class LoopSource:
    """Items that are pulled in the loop's thread; for one other thread that asks."""

    def __init__(self, loop: asyncio.AbstractEventLoop, items: Iterable[Any]) -> None:
        self.loop = loop
        self.source = iter(items)
        self.answered = threading.Semaphore(0)
        self.answer: tuple[list[Any], BaseException | None] = ([], None)

    def __iter__(self) -> LoopSource:
        return self

    def __next__(self) -> Any:
        items, error = self.braid_take(1)
        if error is not None:
            raise error
        if not items:
            raise StopIteration
        return items[0]

    def braid_take(self, most: int) -> tuple[list[Any], BaseException | None]:
        """(as many items as there are, at most so many; what the source raised then)."""
        self.loop.call_soon_threadsafe(self._pull, most)
        self.answered.acquire()
        answer, self.answer = self.answer, ([], None)
        return answer

    def _pull(self, most: int) -> None:
        items: list[Any] = []
        error = None
        try:
            items.extend(islice(self.source, most))
        except BaseException as raised:
            error = raised
        self.answer = (items, error)
        self.answered.release()


class Reader:
    """What the loop and the thread share."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.wanted = threading.Semaphore(1)
        self.messages: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.ended = asyncio.Event()
        self.stopped = False
        self.running: Any = None

    def tell(self, kind: str, value: Any) -> None:
        try:
            self.loop.call_soon_threadsafe(self.messages.put_nowait, (kind, value))
        except RuntimeError:  # the loop has been closed
            self.stop()

    def stop(self) -> None:
        """The call ends as soon as its running items allow."""
        self.stopped = True
        self.wanted.release()
        if self.running is not None:
            self.running.interrupt()

    def work(self, *arguments: Any) -> None:
        """In the thread."""
        kind, value = "end", None
        try:
            self.running = _api.Run(*arguments)
            self._read()
        except BaseException as error:
            kind, value = "error", error
        if self.running is not None:
            self.running.done()
        self.tell(kind, value)
        try:
            self.loop.call_soon_threadsafe(self.ended.set)
        except RuntimeError:
            pass

    def _read(self) -> None:
        while not self.stopped:
            chunk = self.running.next_chunk()
            if chunk is None:
                return
            self.tell("chunk", chunk)
            self.wanted.acquire()
        self.running.close()


async def results_from_thread(
    task: Task, items: Any, total: int | None, options: Options, keeper: Any
) -> AsyncIterator[Any]:
    loop = asyncio.get_running_loop()
    reader = Reader(loop)
    arguments = (task, LoopSource(loop, items), total, options, keeper)
    thread = threading.Thread(target=reader.work, args=arguments, name="braid_amap", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = await reader.messages.get()
            if kind == "error":
                try:
                    raise value
                finally:
                    del value  # else it would hold itself, through its traceback
            if kind == "end":
                return
            for result in value:
                yield result
            reader.wanted.release()
    finally:
        reader.stop()
        await reader.ended.wait()  # nothing of the call runs any more
