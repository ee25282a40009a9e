"""How the initializer of a pool travels to its worker processes."""

from __future__ import annotations

import os
import pickle
import sys

from . import _pickling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

inherited: dict[int, Any] = {}  # by the id of each: several pools may be opened side by side


class Inherited:
    """Stands for what a forked worker has from its parent."""

    def __init__(self, key: int) -> None:
        self.key = key

    def __reduce__(self) -> Any:
        return get_inherited, (self.key,)


def get_inherited(key: int) -> Any:
    return inherited[key]


class Spawning:
    """What multiprocessing asks for while it pickles a pipe for a child."""

    @staticmethod
    def duplicate_for_child(descriptor: int) -> int:
        return descriptor

    class DupFd:
        def __init__(self, descriptor: int) -> None:
            import fcntl

            mode = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
            self.place = (f"/proc/{os.getpid()}/fd/{descriptor}", mode)

        def detach(self) -> int:
            path, mode = self.place
            return os.open(path, mode | os.O_CLOEXEC)


def dump_initializer(initializer: tuple[Any, tuple[Any, ...]], method: str) -> bytes:
    """The initializer and its arguments, as a worker loads them.

    A fork has them already. Locks and queues of multiprocessing may only be handed over while a
    process is started, so they are told that one is.
    """
    if initializer[0] is None:
        return pickle.dumps(initializer)
    if method == "fork":
        inherited[id(initializer)] = initializer
        return pickle.dumps(Inherited(id(initializer)))
    context = sys.modules.get("multiprocessing.context")
    if context is not None:
        context.set_spawning_popen(Spawning())
    reduction = sys.modules.get("multiprocessing.reduction")
    reducers = getattr(getattr(reduction, "ForkingPickler", None), "_extra_reducers", None)
    try:
        return _pickling.dumps_in_band(initializer, reducers)
    except Exception as error:
        raise _pickling.not_picklable(
            initializer, error, "(initializer, initargs)", None
        ) from error
    finally:
        if context is not None:
            context.set_spawning_popen(None)
