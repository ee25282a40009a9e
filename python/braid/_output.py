"""What workers print reaches the caller's own sys.stdout and sys.stderr.

Where those are the process's standard streams, a worker writes there itself. Where they are not (a
notebook's cell, contextlib.redirect_stdout, a test's capture), its text travels with the answers
and is written by the thread that takes them, before the result of the item that printed it.
"""

from __future__ import annotations

import io
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STREAMS = {b"O": "stdout", b"E": "stderr"}
LARGEST = 32 << 10  # characters in one message
AT_LEAST = 0.05  # seconds between the messages of an item that goes on
_own: dict[str, Any] = {}  # a worker's streams, as it found them


def travels() -> tuple[bool, bool]:
    """For stdout and stderr of this process: whether a worker's text must be sent here."""
    return _travels(sys.stdout, 1), _travels(sys.stderr, 2)


def _travels(stream: Any, descriptor: int) -> bool:
    if stream is None:
        return False
    if isinstance(stream, Sent):  # a worker's own pool
        return True
    try:
        return bool(stream.fileno() != descriptor)
    except Exception:  # it has none
        return True


def show_output(message: bytes) -> bool:
    """Writes what a worker printed; False when the message is something else."""
    name = STREAMS.get(message[:1])
    if name is None:
        return False
    stream = getattr(sys, name)
    if stream is not None:
        stream.write(message[1:].decode("utf-8", "surrogatepass"))
    return True


class Sent(io.TextIOBase):
    """A worker's stream whose text goes to the parent."""

    encoding = "utf-8"
    errors = "surrogatepass"

    def __init__(self, worker: Any, kind: bytes) -> None:
        self.worker = worker
        self.kind = kind
        self.parts: list[str] = []
        self.sent_at = 0.0
        self.owner = os.getpid()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """For subprocesses, which cannot send."""
        return 1 if self.kind == b"O" else 2

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.parts.append(text)
        self.worker.has_said = True
        if "\n" in text and time.monotonic() - self.sent_at >= AT_LEAST:
            self.flush()
        return len(text)

    def flush(self) -> None:
        parts, self.parts = self.parts, []
        if self.owner != os.getpid():  # a fork of the worker: the ring is not its own
            os.write(self.fileno(), "".join(parts).encode("utf-8", "replace"))
            return
        text = "".join(parts)
        for at in range(0, len(text), LARGEST):
            self.worker.tell(self.kind + text[at : at + LARGEST].encode("utf-8", "surrogatepass"))
        self.sent_at = time.monotonic()


def send_output(worker: Any, wanted: tuple[bool, bool]) -> None:
    """In a worker, for each call: which of its streams are sent from now on."""
    for kind, name, sent in zip(STREAMS, STREAMS.values(), wanted):
        now = getattr(sys, name)
        if sent and not isinstance(now, Sent):
            _own[name] = now
            setattr(sys, name, Sent(worker, kind))
        elif not sent and isinstance(now, Sent):
            now.flush()
            setattr(sys, name, _own.pop(name))
