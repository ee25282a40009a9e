"""An endpoint like OpenAI's for tests: latency, limits and faults on request, and a count of what a
client does wrong. Standard library only; runs in a thread of its own, on loopback.

    with Server(latency=0.1, concurrency=8) as server:
        ... server.url ... server.posts ... server.refused
"""

import asyncio
import contextlib
import json
import random
import re
import threading
import time

DONE = b"data: [DONE]\n\n"


def tokens_of(text):
    return (len(text.encode()) + 3) // 4


class Reply:
    """What goes out: the default is a whole answer of status 200."""

    def __init__(
        self,
        text=None,
        *,
        status=200,
        headers=(),
        body=None,
        delay=0.0,
        finish="stop",
        usage=True,
        cut=None,
        reset=False,
        content_type=None,
        slow=None,
        piece=None,
        close=False,
    ):
        self.text = text
        self.status = status
        self.headers = dict(headers)
        self.body = body  # bytes in place of the chat completion
        self.delay = delay
        self.finish = finish
        self.usage = usage  # True: counted; False: left out; a dict: as it is
        self.cut = cut  # bytes of the whole reply that are sent before the connection ends
        self.reset = reset  # ended by a reset instead of a close
        self.content_type = content_type
        self.slow = slow  # seconds between pieces of the body
        self.piece = piece  # bytes of a piece
        self.close = close


class Call:
    def __init__(self, number, body, headers, at, reused):
        self.number = number  # of the POST, from 0
        self.body = body
        self.headers = headers
        self.at = at
        self.reused = reused  # not the first request of its connection
        self.streamed = bool(body.get("stream"))
        self.among = 0  # in flight as it came, itself counted in

    @property
    def prompt(self):
        return self.body["messages"][-1]["content"]


def error(status, message, *, kind="error", code=None, headers=(), **how):
    body = {"error": {"message": message, "type": kind, "code": code, "param": None}}
    return Reply(status=status, headers=headers, body=json.dumps(body).encode(), **how)


def refusal(message="Rate limit reached for requests", *, headers=(), code="rate_limit_exceeded"):
    return error(429, message, kind="requests", code=code, headers=headers)


class Server:
    def __init__(
        self,
        answer=None,
        *,
        latency=0.0,
        jitter=0.0,
        concurrency=None,
        rpm=None,
        per_second=None,
        tpm=None,
        announce=False,
        retry_after=True,
        faults=(),
        seed=1,
        cache=False,
        slots=None,
        host="127.0.0.1",
    ):
        self.answer = answer or (lambda call: Reply(call.prompt))
        self.latency = latency
        self.jitter = jitter
        self.concurrency = concurrency
        self.rpm = rpm
        self.per_second = per_second
        self.tpm = tpm
        self.announce = announce
        self.retry_after = retry_after
        self.faults = list(faults)  # (probability, call -> Reply)
        self.random = random.Random(seed)
        self.cache = cache
        self.slots = slots  # calls worked at once; others wait, and none is refused
        self.host = host
        self.calls = []
        self.posts = 0
        self.refused = 0
        self.answered = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.early = 0  # sent after a refusal was written and before its time
        self.closed_until = 0.0
        self.tokens = {"prompt": 0, "cached": 0, "completion": 0}
        self.keep_calls = True
        self._bucket = None
        self._token_bucket = None
        self._window = (0, 0)
        self._prefixes = []
        self._writers = set()

    # starting and stopping

    def __enter__(self):
        started = threading.Event()
        self._loop = asyncio.new_event_loop()

        def work():
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(self._open(started))
            self._loop.run_forever()

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()
        if not started.wait(20):
            raise RuntimeError("the test server does not start")
        return self

    def __exit__(self, *_):
        async def close():
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            me = asyncio.current_task()
            for task in asyncio.all_tasks():
                if task is not me:
                    task.cancel()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    async def _open(self, started):
        self._slot = asyncio.Semaphore(self.slots) if self.slots else contextlib.nullcontext()
        self._server = await asyncio.start_server(self._serve, self.host, 0, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        started.set()

    @property
    def url(self):
        return f"http://{self.host}:{self.port}/v1"

    # one connection

    async def _serve(self, reader, writer):
        self._writers.add(writer)
        number_here = 0
        try:
            while True:
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                except (asyncio.IncompleteReadError, ConnectionError):
                    return
                lines = head.decode("latin-1").split("\r\n")
                headers = {}
                for line in lines[1:]:
                    name, _, value = line.partition(":")
                    headers[name.strip().lower()] = value.strip()
                length = int(headers.get("content-length", "0"))
                try:
                    body = await reader.readexactly(length)
                except (asyncio.IncompleteReadError, ConnectionError):
                    return
                if not await self._reply(lines[0], headers, body, writer, number_here > 0):
                    return
                number_here += 1
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _reply(self, line, headers, raw, writer, reused):
        now = time.monotonic()
        try:
            body = json.loads(raw)
        except ValueError:
            body = {"messages": [{"content": ""}], "unreadable": True}
        call = Call(self.posts, body, headers, now, reused)
        self.posts += 1
        if now < self.closed_until:
            self.early += 1
        if self.keep_calls:
            self.calls.append(call)
        if not line.startswith("POST /v1/chat/completions "):
            await self._send(writer, call, error(404, "not found"))
            return True
        reply = self._limit(call, now)
        if reply is not None:
            self.refused += 1
            return await self._send(writer, call, reply)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        call.among = self.in_flight
        try:
            reply = self._fault(call) or self.answer(call)
            delay = reply.delay + self.latency + self.random.random() * self.jitter
            async with self._slot:
                if delay > 0:
                    await asyncio.sleep(delay)
        finally:
            self.in_flight -= 1
        return await self._send(writer, call, reply)

    # limits

    def _limit(self, call, now):
        if self.concurrency is not None and self.in_flight >= self.concurrency:
            return refusal("too many concurrent requests", code="concurrency")
        if self.per_second is not None:
            second = int(now)
            count = self._window[1] if self._window[0] == second else 0
            if count >= self.per_second:
                return self._refused_until(second + 1 - now)
            self._window = (second, count + 1)
        if self.rpm is not None:
            rate = self.rpm / 60
            level, at = self._bucket or (max(1.0, rate / 4), now)
            level = min(max(1.0, rate / 4), level + (now - at) * rate)
            if level < 1:
                self._bucket = (level, now)
                return self._refused_until((1 - level) / rate)
            self._bucket = (level - 1, now)
        if self.tpm is not None:
            rate = self.tpm / 60
            level, at = self._token_bucket or (rate, now)
            level = min(rate, level + (now - at) * rate)
            if level <= 0:
                self._token_bucket = (level, now)
                return self._refused_until(-level / rate + 0.01)
            self._token_bucket = (level - 2 * tokens_of(call.prompt), now)
        return None

    def _refused_until(self, seconds):
        if not self.retry_after:
            return refusal()
        self.closed_until = max(self.closed_until, time.monotonic() + seconds)
        return refusal(headers={"retry-after-ms": str(int(seconds * 1000) + 1)})

    def _fault(self, call):
        draw = self.random.random()
        for probability, make in self.faults:
            if draw < probability:
                return make(call)
            draw -= probability
        return None

    # replies

    def _usage(self, call, reply):
        prompt = sum(tokens_of(each.get("content") or "") for each in call.body["messages"])
        text = "".join(each.get("content") or "" for each in call.body["messages"])
        cached = 0
        if self.cache:
            for before in self._prefixes:
                same = 0
                for a, b in zip(before, text):
                    if a != b:
                        break
                    same += 1
                cached = max(cached, same // 4 // 128 * 128)
            if cached < 1024:
                cached = 0
            self._prefixes.append(text)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": tokens_of(reply.text),
            "total_tokens": prompt + tokens_of(reply.text),
            "prompt_tokens_details": {"cached_tokens": cached},
        }

    def _count(self, usage):
        self.tokens["prompt"] += usage["prompt_tokens"]
        self.tokens["completion"] += usage["completion_tokens"]
        self.tokens["cached"] += usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)

    def _body(self, call, reply):
        """(content type, body) of a reply."""
        if reply.body is not None:
            return reply.content_type or "application/json", reply.body
        usage = self._usage(call, reply) if reply.usage is True else reply.usage or None
        if usage and reply.usage is True:
            self._count(usage)
        model = call.body.get("model", "none")
        if not call.streamed:
            body = {
                "id": f"chatcmpl-{call.number}",
                "object": "chat.completion",
                "model": model,
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": reply.finish,
                        "message": {"role": "assistant", "content": reply.text},
                    }
                ],
            }
            if usage:
                body["usage"] = usage
            return "application/json", json.dumps(body).encode()
        out = [b": PROCESSING\n\n"]

        def event(**more):
            out.append(b"data: " + json.dumps({"model": model, **more}).encode() + b"\n\n")

        event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}}])
        for piece in re.findall(r"\s*\S+\s*|\s+", reply.text or ""):
            event(choices=[{"index": 0, "delta": {"content": piece}, "finish_reason": None}])
        event(choices=[{"index": 0, "delta": {}, "finish_reason": reply.finish}])
        if usage and call.body.get("stream_options", {}).get("include_usage"):
            event(choices=[], usage=usage)
        out.append(DONE)
        return "text/event-stream", b"".join(out)

    async def _send(self, writer, call, reply):
        content_type, body = self._body(call, reply)
        headers = {"content-type": content_type, "content-length": str(len(body)), **reply.headers}
        if self.announce and self.rpm:
            level = self._bucket[0] if self._bucket else self.rpm / 240
            headers["x-ratelimit-limit-requests"] = str(self.rpm)
            headers["x-ratelimit-remaining-requests"] = str(int(level))
            headers["x-ratelimit-reset-requests"] = f"{60 / self.rpm:.6f}s"
        if reply.close:
            headers["connection"] = "close"
        head = f"HTTP/1.1 {reply.status} X\r\n" + "".join(
            f"{n}: {v}\r\n" for n, v in headers.items()
        )
        whole = head.encode() + b"\r\n" + body
        if reply.status == 200 and reply.text and reply.cut is None and not reply.reset:
            self.answered += 1
        if reply.cut is not None:
            whole = whole[: reply.cut]
        try:
            if reply.piece:
                for at in range(0, len(whole), reply.piece):
                    writer.write(whole[at : at + reply.piece])
                    await writer.drain()
                    if reply.slow:
                        await asyncio.sleep(reply.slow)
            else:
                writer.write(whole)
                await writer.drain()
            if reply.reset:
                writer.transport.abort()
                return False
            return reply.cut is None and not reply.close
        except ConnectionError:
            return False
