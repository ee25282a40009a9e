"""The native side: a process that is asked in JSON lines.

A thread of the process reads what it says; nobody else waits in a thread. After a fork the child
starts a process of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from ._errors import LlmError, Refused

Handler = Callable[[dict[str, Any]], None]


def command() -> str:
    """The native program: the variable BRAID_COMMAND, this environment's, or the first of PATH."""
    named = os.environ.get("BRAID_COMMAND")
    if named:
        return named
    for place in (sysconfig.get_path("scripts"), os.path.dirname(sys.executable)):
        binary = os.path.join(place, "braid")
        if os.access(binary, os.X_OK):
            return binary
    found = shutil.which("braid")
    if found is None:
        raise LlmError("the command braid is not installed in this environment")
    return found


def environment(api_key: str | None) -> dict[str, str]:
    """The key goes by the environment, which others cannot read, never as an argument."""
    mine = dict(os.environ)
    if api_key is not None:
        mine["OPENAI_API_KEY"] = api_key
    return mine


def utf_8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Refused(
            f"{text[error.start : error.end]!a} stands for no character, and what is sent is UTF-8 "
            "text; read a file of another encoding with its own"
        ) from error


def _line(request: Mapping[str, Any]) -> bytes:
    return utf_8(json.dumps(request, ensure_ascii=False)) + b"\n"


class OwnLock:
    """A lock of this process: after a fork the child has one of its own, whoever held it."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if self._owner != os.getpid():
            self._owner, self._lock = os.getpid(), threading.Lock()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class _State:
    """What the reading thread needs; it must not keep the Process itself alive."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.handlers: dict[int, Handler] = {}
        self.stopped: tuple[str, str] | None = None
        self.is_over = False

    def take(self, answer: dict[str, Any]) -> None:
        if "stopped" in answer:
            self.stopped = (answer["stopped"], answer["why"])
            return
        number = answer.get("id")
        if not isinstance(number, int):
            return
        with self.lock:
            handler = self.handlers.get(number)
            if "delta" not in answer:
                self.handlers.pop(number, None)
        if handler is not None:
            handler(answer)

    def end(self) -> None:
        with self.lock:
            self.is_over = True
            left = list(self.handlers.values())
            self.handlers.clear()
        for handler in left:
            handler({"status": "failed", "error": "the native process has ended", "text": ""})


def _read(pipe: Any, state: _State) -> None:
    with pipe, contextlib.suppress(OSError, ValueError):
        for line in pipe:
            state.take(json.loads(line))
    state.end()


def _close(
    child: subprocess.Popen[bytes], owner: int, reader: threading.Thread | None = None
) -> None:
    if os.getpid() != owner:
        return
    assert child.stdin is not None
    with contextlib.suppress(OSError):
        child.stdin.close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if reader is not None and reader is not threading.current_thread():
        reader.join(5)


class Process:
    """One native process; started when it is made."""

    def __init__(self, settings: Mapping[str, Any], api_key: str | None) -> None:
        self.owner = os.getpid()
        told = _line(settings)
        # A session of its own: Ctrl-C is for Python, which gives up what it wants to.
        self._child = subprocess.Popen(
            [command(), "ask", "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(api_key),
            start_new_session=True,
        )
        assert self._child.stdin is not None and self._child.stdout is not None
        self._write_lock = threading.Lock()
        self._write(told)
        first = json.loads(self._child.stdout.readline() or b'{"refused": "the command ended"}')
        if "refused" in first:
            _close(self._child, self.owner)
            self._child.stdout.close()
            raise Refused(first["refused"])
        self._numbers = itertools.count(1)
        self.state = _State()
        self._reader = threading.Thread(
            target=_read, args=(self._child.stdout, self.state), name="braid.llm", daemon=True
        )
        self._reader.start()
        self.close = weakref.finalize(self, _close, self._child, self.owner, self._reader)

    def _write(self, line: bytes) -> None:
        assert self._child.stdin is not None
        with self._write_lock:
            try:
                self._child.stdin.write(line)
                self._child.stdin.flush()
            except (OSError, ValueError) as error:
                raise LlmError("the native process has ended") from error

    def send(self, request: Mapping[str, Any], handler: Handler) -> int:
        """Asks; the handler gets each answer, in the reading thread."""
        number = next(self._numbers)
        line = _line({"id": number, **request})
        with self.state.lock:
            if self.state.is_over:
                raise LlmError("the native process has ended")
            self.state.handlers[number] = handler
        self._write(line)
        return number

    def cancel(self, *numbers: int) -> None:
        """Gives these up; told one by one, each would make room for the next to be sent."""
        with contextlib.suppress(LlmError):
            self._write(_line({"cancel": numbers}))

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Asks and waits."""
        done = threading.Event()
        answers: list[dict[str, Any]] = []

        def take(answer: dict[str, Any]) -> None:
            answers.append(answer)
            done.set()

        self.send(request, take)
        done.wait()
        return answers[0]


_local: Process | None = None
_local_lock = OwnLock()


def local() -> Process:
    """The process that splits, votes and stitches: it knows no model."""
    global _local
    with _local_lock:
        if _local is None or _local.owner != os.getpid() or _local.state.is_over:
            _local = Process({"local": True}, None)
        return _local
