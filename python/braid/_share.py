"""share(x): a handle that is sent once to each worker, and that functions see as x itself."""

from __future__ import annotations

import itertools
import mmap
import os
import pickle
import threading
import weakref
from collections import OrderedDict

from . import _pickling
from ._errors import BraidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_KEPT = 32  # in a worker; what was used longest ago goes first
_numbers = itertools.count()
_local = threading.local()  # `kept`: files of the handles that are being pickled
_seen: OrderedDict[Any, Any] = OrderedDict()
in_use = False  # whether this process has ever made a handle


class Shared:
    """Stands for a value. Pass it as an argument: the function gets the value.

    The content is that of the moment of share(). Arrays arrive as private copies.
    """

    def __init__(self, value: Any) -> None:
        global in_use
        in_use = True
        self._value = value
        self._file: File | None = None

    def __reduce__(self) -> Any:
        if self._file is None:
            self._file = self._write()
        kept = getattr(_local, "kept", None)
        if kept is not None:
            kept.append(self._file)
        return resolve, (self._file.place,)

    def _write(self) -> File:
        """Puts the pickle and its buffers into an anonymous file, once."""
        data, buffers = _pickling.dumps(self._value)
        pieces = [memoryview(data), *(buffer.raw() for buffer in buffers)]
        descriptor = os.memfd_create("braid", os.MFD_CLOEXEC)
        spans = []
        at = 0
        for piece in pieces:
            at = -(-at // 64) * 64
            done = 0
            while done < piece.nbytes:
                done += os.pwrite(descriptor, piece[done : done + (1 << 30)], at + done)
            spans.append((at, piece.nbytes, piece.readonly))
            at += piece.nbytes
        inode = os.fstat(descriptor).st_ino
        place = (os.getpid(), next(_numbers), descriptor, max(at, 1), tuple(spans), inode)
        return File(descriptor, place)


HOLDERS = {Shared, tuple, list, dict}
DEEPEST = 8  # levels; a list may hold itself


class File:
    """What a worker reads; it must be there for as long as somebody may still begin to."""

    def __init__(self, descriptor: int, place: tuple[Any, ...]) -> None:
        self.place = place
        weakref.finalize(self, os.close, descriptor).atexit = False


class Keeping:
    """The files of the handles that this thread pickles meanwhile go to `kept`."""

    def __init__(self, kept: list[File]) -> None:
        self.kept = kept

    def __enter__(self) -> None:
        self.before = getattr(_local, "kept", None)
        _local.kept = self.kept

    def __exit__(self, *_: object) -> None:
        _local.kept = self.before


def share(value: Any) -> Any:
    """A handle for `value`: sent once to each worker however often it is passed."""
    return Shared(value)


def resolve(place: tuple[Any, ...]) -> Any:
    """In a worker: the value, made when it is first asked for."""
    key = place[:2]
    if key in _seen:
        _seen.move_to_end(key)
        return _seen[key]
    pid, _, descriptor, size, spans, inode = place
    file = os.open(f"/proc/{pid}/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if os.fstat(file).st_ino != inode:
            raise BraidError("a handle of share() has not been kept until it was used")
        block = mmap.mmap(file, size, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    finally:
        os.close(file)
    views = []
    for begin, length, readonly in spans:
        view = memoryview(block)[begin : begin + length]
        views.append(view.toreadonly() if readonly else view)
    value = pickle.loads(views[0], buffers=views[1:])
    _seen[key] = value
    while len(_seen) > MOST_KEPT:
        _seen.popitem(last=False)
    return value


def unwrap(item: Any, depth: int = 0) -> Any:
    """In this process: handles among the arguments become what they stand for. What holds none
    is the very object."""
    kind = type(item)
    if kind is Shared:
        return item._value
    if kind not in (tuple, list, dict) or depth > DEEPEST:
        return item
    parts = item.values() if kind is dict else item
    if not any(type(part) in HOLDERS for part in parts):
        return item
    found = [unwrap(part, depth + 1) for part in parts]
    if all(new is old for new, old in zip(found, parts)):
        return item
    return dict(zip(item, found)) if kind is dict else kind(found)


def unwrapping(function: Any) -> Any:
    """`function` for threads and serial, where handles are not resolved by pickling."""
    import functools

    if isinstance(function, functools.partial):
        args = unwrap(function.args)
        function = functools.partial(function.func, *args, **unwrap(function.keywords))

    @functools.wraps(function, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*unwrap(args), **unwrap(kwargs))

    return call
