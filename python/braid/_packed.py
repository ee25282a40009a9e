"""A call's function on its way to the workers."""

from __future__ import annotations

import pickle

from . import _namespaces, _pickling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._tasks import Task


def pack_task(task: Task, seed: Any, pool: Any) -> Any:
    """What a worker is told about a call, once."""
    if pool.in_process:
        return task.in_process(), task.passing, seed
    from ._pools import surroundings

    try:
        data, buffers = _pickling.dumps(task.function)
    except Exception as error:
        raise _pickling.not_picklable(task.function, error, "function", None) from error
    return Packed(data, buffers), task.passing, surroundings(pool), seed


class Packed:
    """A function, pickled apart, so that what it raises in the worker is the items' error."""

    def __init__(self, data: bytes, buffers: list[Any]) -> None:
        self.data = data
        self.buffers = buffers

    def load(self) -> Any:
        return _namespaces.loads(self.data, self.buffers)

    def __reduce__(self) -> Any:
        return Packed, (self.data, [pickle.PickleBuffer(buffer) for buffer in self.buffers])
