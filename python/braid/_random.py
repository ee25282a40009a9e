"""Random streams of their own for items: the same for an item whatever worker runs it, and when."""

from __future__ import annotations

import random
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_local = threading.local()


def derive(seed: Any, index: int) -> int:
    """A number for item `index` under `seed`; the same on every machine."""
    import hashlib

    text = f"braid {seed!r} {index}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")


def hook(seed: Any, reseed_global: bool = True) -> Callable[[int, int], None]:
    """What is called before each item. Attempts of one item get the same stream."""

    def before_item(index: int, attempt: int) -> None:
        number = derive(seed, index)
        _local.number = number
        _local.python = None
        _local.numpy = None
        if reseed_global:
            random.seed(number)
            numpy = sys.modules.get("numpy")
            if numpy is not None:
                numpy.random.seed(number & 0xFFFFFFFF)

    return before_item


def clear() -> None:
    _local.number = None
    _local.python = None
    _local.numpy = None


def rng() -> random.Random:
    """The random generator of the item that runs here; an unseeded one without ``seed=``."""
    generator = getattr(_local, "python", None)
    if generator is None:
        number = getattr(_local, "number", None)
        generator = _local.python = random.Random(number)
    return generator


def numpy_rng() -> Any:
    """As rng(), a numpy.random.Generator."""
    generator = getattr(_local, "numpy", None)
    if generator is None:
        import numpy

        generator = _local.numpy = numpy.random.default_rng(getattr(_local, "number", None))
    return generator
