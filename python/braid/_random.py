"""Random streams of their own for items: the same for an item whatever worker runs it, and when."""

from __future__ import annotations

import random
import sys
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


class Stream:
    """An item's number, and the generators that were made of it; None: unseeded ones."""

    __slots__ = ("number", "numpy", "python")

    def __init__(self, number: int | None) -> None:
        self.number = number
        self.python: random.Random | None = None
        self.numpy: Any = None


# A thread has a context of its own, and so has each coroutine that runs beside others.
_stream: ContextVar[Stream | None] = ContextVar("braid_stream", default=None)


def derive(seed: Any, index: int) -> int:
    """A number for item `index` under `seed`; the same on every machine."""
    import hashlib

    text = f"braid {seed!r} {index}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")


def hook(seed: Any, reseed_global: bool = True) -> Callable[[int, int], None]:
    """What is called before each item. Attempts of one item get the same stream."""

    def before_item(index: int, attempt: int) -> None:
        number = derive(seed, index)
        _stream.set(Stream(number))
        if reseed_global:
            random.seed(number)
            numpy = sys.modules.get("numpy")
            if numpy is not None:
                numpy.random.seed(number & 0xFFFFFFFF)

    return before_item


def clear() -> None:
    _stream.set(None)


def current() -> Stream:
    stream = _stream.get()
    if stream is None:
        stream = Stream(None)
        _stream.set(stream)
    return stream


def rng() -> random.Random:
    """The random generator of the item that runs here; an unseeded one without ``seed=``."""
    stream = current()
    if stream.python is None:
        stream.python = random.Random(stream.number)
    return stream.python


def numpy_rng() -> Any:
    """As rng(), a numpy.random.Generator."""
    stream = current()
    if stream.numpy is None:
        import numpy

        stream.numpy = numpy.random.default_rng(stream.number)
    return stream.numpy
