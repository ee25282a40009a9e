"""Client: calls to one model, through one native process."""

from __future__ import annotations

import asyncio
import collections
import os
import queue
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ._answers import Answer, Result, Usage
from ._errors import LlmError, Refused, stopped
from ._process import OwnLock, Process
from ._schemas import Read, schema_of
from ._settings import Prompt, budget_of, checked, prompt_of, sampling_of, several

if TYPE_CHECKING:
    from ._workflow import Workflow

_AHEAD = 256  # calls that imap has out when nobody says how many may be in flight


class Client:
    """One model behind one server, with its limits.

    ``budget`` is a number of tokens, or ``{"usd": 2.0, "prices": "prices.toml"}``; it needs
    ``max_tokens`` among the sampling settings. A Client may be used from several threads and event
    loops at once, and after a fork.
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        system: str | None = None,
        max_in_flight: int | None = None,
        rpm: float | None = None,
        tpm: float | None = None,
        budget: Any = None,
        retries: int = 5,
        timeout: float = 600,
        journal: str | os.PathLike[str] | None = None,
        resume: bool = False,
        cache: str | os.PathLike[str] | None = None,
        **sampling: Any,
    ) -> None:
        self.model = model
        self.system = system
        self._api_key = api_key
        self._max_in_flight = max_in_flight
        settings = {
            "model": model,
            "base_url": base_url,
            "max_in_flight": max_in_flight,
            "rpm": rpm,
            "tpm": tpm,
            "retries": retries,
            "timeout": timeout,
            "journal": None if journal is None else os.fspath(journal),
            "resume": resume,
            "cache": None if cache is None else os.fspath(cache),
            **budget_of(budget),
            **sampling_of(sampling),
        }
        self.settings = checked(settings)
        checked({"system": system})
        self._process: Process | None = None
        self._lock = OwnLock()

    def __repr__(self) -> str:
        return f"Client({self.model!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the native process; calls in flight are given up."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()

    # asking

    def ask(self, prompt: Prompt, *, schema: Any = None, **settings: Any) -> Answer:
        """One call; raises when there is no answer."""
        return self._checked(self._wait(self._request(prompt, schema, settings, 0, 0)))

    async def aask(self, prompt: Prompt, *, schema: Any = None, **settings: Any) -> Answer:
        return self._checked(await self._await(self._request(prompt, schema, settings, 0, 0)))

    def stream(self, prompt: Prompt, **settings: Any) -> Iterator[str]:
        """The answer's text as it is written."""
        request, read = self._request(prompt, None, settings, 0, 0)
        arrived: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        process = self._running()
        number = process.send({**request, "stream": True}, arrived.put)
        heard = _Heard()
        try:
            while not heard.is_over:
                yield from heard.take(arrived.get())
            yield from heard.rest(self._checked(self._answer(request, read, heard.last)))
        finally:
            if not heard.is_over:
                process.cancel(number)

    async def astream(self, prompt: Prompt, **settings: Any) -> AsyncIterator[str]:
        request, read = self._request(prompt, None, settings, 0, 0)
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        def take(answer: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(arrived.put_nowait, answer)

        process = self._running()
        number = process.send({**request, "stream": True}, take)
        heard = _Heard()
        try:
            while not heard.is_over:
                for piece in heard.take(await arrived.get()):
                    yield piece
            for piece in heard.rest(self._checked(self._answer(request, read, heard.last))):
                yield piece
        finally:
            if not heard.is_over:
                process.cancel(number)

    def map(
        self,
        prompt: Any,
        items: Iterable[Any] | None = None,
        *,
        repeat: int = 1,
        schema: Any = None,
        **settings: Any,
    ) -> list[Answer]:
        """An Answer for each item, in their order; ``{chunk}`` in the prompt is the item. Without
        items, the first argument holds the prompts. Failed calls are among the answers; a stop
        (key, quota, model, budget) raises."""
        return list(self.imap(prompt, items, repeat=repeat, schema=schema, **settings))

    def imap(
        self,
        prompt: Any,
        items: Iterable[Any] | None = None,
        *,
        repeat: int = 1,
        schema: Any = None,
        **settings: Any,
    ) -> Iterator[Answer]:
        """As map, one by one; draws items only so far ahead as calls can be in flight."""
        process = self._running()
        waiting: collections.deque[tuple[int, Any, Any, threading.Event, list[Any]]] = (
            collections.deque()
        )
        requests = self._requests(prompt, items, repeat, schema, settings)
        is_over = False
        try:
            while True:
                while not is_over and len(waiting) < self._ahead():
                    each = next(requests, None)
                    if each is None:
                        is_over = True
                        break
                    done = threading.Event()
                    answers: list[Any] = []

                    def take(
                        answer: dict[str, Any], done: Any = done, answers: Any = answers
                    ) -> None:
                        answers.append(answer)
                        done.set()

                    waiting.append((process.send(each[0], take), *each, done, answers))
                if not waiting:
                    return
                waiting[0][3].wait()
                _, request, read, _, got = waiting.popleft()
                yield self._unless_stopped(self._answer(request, read, got[0]))
        finally:
            if waiting:
                process.cancel(*(number for number, *_ in waiting))

    async def amap(
        self,
        prompt: Any,
        items: Iterable[Any] | None = None,
        *,
        repeat: int = 1,
        schema: Any = None,
        **settings: Any,
    ) -> list[Answer]:
        found = self.aimap(prompt, items, repeat=repeat, schema=schema, **settings)
        return [answer async for answer in found]

    async def aimap(
        self,
        prompt: Any,
        items: Iterable[Any] | None = None,
        *,
        repeat: int = 1,
        schema: Any = None,
        **settings: Any,
    ) -> AsyncIterator[Answer]:
        process = self._running()
        waiting: collections.deque[_Sent] = collections.deque()
        requests = self._requests(prompt, items, repeat, schema, settings)
        is_over = False
        try:
            while True:
                while not is_over and len(waiting) < self._ahead():
                    each = next(requests, None)
                    if each is None:
                        is_over = True
                        break
                    waiting.append(_send(process, *each))
                if not waiting:
                    return
                got = await waiting[0].answer
                sent = waiting.popleft()
                yield self._unless_stopped(self._answer(sent.request, sent.read, got))
        finally:
            if waiting:
                process.cancel(*(sent.number for sent in waiting))

    def run(self, workflow: Workflow | str | os.PathLike[str], **values: Any) -> Result:
        """Runs a workflow, or its file; ``values`` are those of its [set]. Raises Incomplete, with
        the result, when something is missing."""
        from ._workflow import as_workflow, run

        return run(self, as_workflow(workflow), values)

    async def arun(self, workflow: Workflow | str | os.PathLike[str], **values: Any) -> Result:
        from ._workflow import arun, as_workflow

        return await arun(self, as_workflow(workflow), values)

    def stats(self) -> dict[str, Any]:
        """What this client's process has sent, been refused and used so far."""
        answer = self._running().ask({"stats": True})
        answer.pop("id", None)
        return answer

    # the native side

    def _running(self) -> Process:
        with self._lock:
            process = self._process
            if process is None or process.owner != os.getpid() or process.state.is_over:
                self._process = process = Process(self.settings, self._api_key)
            return process

    def _ahead(self) -> int:
        return 2 * self._max_in_flight if self._max_in_flight else _AHEAD

    def _request(
        self, prompt: Prompt, schema: Any, settings: Mapping[str, Any], index: int, draw: int
    ) -> tuple[dict[str, Any], Read | None]:
        request: dict[str, Any] = {"part": "call", "index": index, "draw": draw}
        given = dict(settings)
        system = given.pop("system", self.system)
        if system is not None:
            request["system"] = system
        request.update(sampling_of(given))
        request.update(prompt_of(prompt))
        read = None
        if schema is not None:
            request["schema"], read = schema_of(schema)
        return request, read

    def _requests(
        self,
        prompt: Any,
        items: Iterable[Any] | None,
        repeat: int,
        schema: Any,
        settings: Mapping[str, Any],
    ) -> Iterator[tuple[dict[str, Any], Read | None]]:
        if items is not None and "{chunk}" not in prompt:
            raise Refused("the prompt has no {chunk}, which each item stands for")
        checked({"repeat": repeat})
        each = several(prompt, "prompts") if items is None else several(items, "items")
        for index, item in enumerate(each):
            text = item if items is None else prompt.replace("{chunk}", str(item))
            for draw in range(repeat):
                yield self._request(text, schema, settings, index, draw)

    def _wait(self, asked: tuple[dict[str, Any], Read | None]) -> Answer:
        done = threading.Event()
        answers: list[dict[str, Any]] = []

        def take(answer: dict[str, Any]) -> None:
            answers.append(answer)
            done.set()

        process = self._running()
        number = process.send(asked[0], take)
        try:
            done.wait()
        except BaseException:
            process.cancel(number)
            raise
        return self._answer(*asked, answers[0])

    async def _await(self, asked: tuple[dict[str, Any], Read | None]) -> Answer:
        process = self._running()
        sent = _send(process, *asked)
        try:
            answer = await sent.answer
        except asyncio.CancelledError:
            process.cancel(sent.number)
            raise
        return self._answer(*asked, answer)

    def _answer(
        self, request: Mapping[str, Any], read: Read | None, answer: Mapping[str, Any]
    ) -> Answer:
        if answer["status"] == "refused":
            raise Refused(answer["error"])
        text = answer.get("text", "")
        status, value, error = answer["status"], None, answer["error"] or None
        if read is not None and status == "ok":
            try:
                value = read(text)
            except Exception as failure:  # a model's own validators; the others' answers stand
                status, error = "failed", f"the answer is no value of the schema: {failure}"
        return Answer(
            part=request["part"],
            index=request["index"],
            draw=request["draw"],
            status=status,
            text=text,
            value=value,
            error=error,
            attempts=answer.get("attempts", 0),
            usage=Usage(
                answer.get("prompt_tokens", 0),
                answer.get("cached_tokens", 0),
                answer.get("completion_tokens", 0),
            ),
            usd=answer.get("usd"),
            seconds=answer.get("seconds", 0.0),
        )

    def _unless_stopped(self, answer: Answer) -> Answer:
        process = self._process
        if not answer and process is not None and process.state.stopped is not None:
            raise stopped(*process.state.stopped)
        return answer

    def _checked(self, answer: Answer) -> Answer:
        answer = self._unless_stopped(answer)
        if not answer:
            raise LlmError(answer.error or "no answer")
        return answer


class _Heard:
    """What a stream has said so far."""

    def __init__(self) -> None:
        self.is_over = False
        self.last: dict[str, Any] = {}
        self._said = ""

    def take(self, answer: dict[str, Any]) -> list[str]:
        self.last = answer
        self.is_over = "delta" not in answer
        if self.is_over:
            return []
        self._said += answer["delta"]
        return [answer["delta"]]

    def rest(self, whole: Answer) -> list[str]:
        """What the whole answer has beyond the pieces."""
        more = whole.text[len(self._said) :] if whole.text.startswith(self._said) else ""
        return [more] if more else []


class _Sent(NamedTuple):
    """A call that a coroutine waits for."""

    number: int
    request: dict[str, Any]
    read: Read | None
    answer: asyncio.Future[dict[str, Any]]


def _send(process: Process, request: dict[str, Any], read: Read | None) -> _Sent:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[dict[str, Any]] = loop.create_future()

    def deliver(answer: dict[str, Any]) -> None:
        if not future.done():
            future.set_result(answer)

    number = process.send(request, lambda answer: _call_soon(loop, deliver, answer))
    return _Sent(number, request, read, future)


def _call_soon(loop: asyncio.AbstractEventLoop, function: Any, answer: dict[str, Any]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(function, answer)
