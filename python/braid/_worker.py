"""What a worker process does before and between batches; the loop itself is the engine's."""

from __future__ import annotations

import os
import pickle
import signal
import sys

from . import _engine, _namespaces, _pickling, _random, _state
from ._server import finish_multiprocessing
from ._surroundings import apply_surroundings, begin_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def execute(segment: int, bell: int, slot: int) -> None:
    """What a freshly executed worker runs."""
    from ._server import close_standard_input, leave

    for descriptor in (segment, bell):
        os.set_inheritable(descriptor, False)
    close_standard_input()
    code = 1
    try:
        code = main(segment, bell, slot)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        leave(code)


def main(segment: int, bell: int, slot: int) -> int:
    """Runs a worker to its end; its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    worker = _engine.attach_worker(segment, bell, slot)
    _state.become_worker(worker, slot)
    write_lines_at_once()
    worker.set_callables(
        load_call, _pickling.describe, dump_result, _namespaces.loads, flush_output
    )
    setup = worker.setup()
    write_trace_to(segment, worker.trace_offset)
    try:
        prepare(setup)
    except BaseException as error:
        if setup["logs_initializer"]:
            from concurrent.futures import _base

            _base.LOGGER.critical("Exception in initializer:", exc_info=True)
            finish_multiprocessing()  # it may have been logged into a queue
        worker.hello(b"F" + _pickling.describe(error, -1), False)
        return 0
    worker.hello(b"R", True)
    worker.run(setup["idle_s"], setup["most_items"], setup["most_bytes"])
    return 0


def prepare(setup: dict[str, Any]) -> None:
    """Makes this process as the parent was when the pool was opened, then calls the initializer."""
    sys.path[:] = setup["path"]
    sys.argv[:] = setup["argv"]
    begin_environment(setup["surroundings"], setup["limits"], setup["limits_win"])
    initializer, initargs = pickle.loads(setup["initializer"])
    if initializer is not None:
        _namespaces.learn(initializer, lambda: initializer(*initargs))


def write_lines_at_once() -> None:
    """What an item prints is out before its result is seen, and stays if the worker is killed."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)


def write_trace_to(segment: int, offset: int) -> None:
    """A dying interpreter writes its stack where the parent can read it."""
    try:
        import faulthandler

        # A descriptor with a position of its own, in the shared segment itself.
        trace = os.open(f"/proc/self/fd/{segment}", os.O_WRONLY | os.O_CLOEXEC)
        os.lseek(trace, offset, os.SEEK_SET)
        faulthandler.enable(trace, all_threads=False)
    except (OSError, ImportError, ValueError):
        pass


def load_call(call: tuple[Any, ...]) -> tuple[Any, int, Any]:
    """(the function, how it gets its item, what is called before each item or None)."""
    packed, passing, surroundings, seed = call
    hook = None if seed is None else _random.hook(seed)
    try:
        apply_surroundings(surroundings)
        function = packed.load()
    except BaseException as error:
        return Unloadable(error), 0, None
    return function, passing, hook


class Unloadable:
    """Stands for a function that could not be loaded; every item gets that error."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *_: Any) -> Any:
        raise self.error


def dump_result(value: Any) -> tuple[bytes, list[pickle.PickleBuffer]]:
    try:
        return _pickling.dumps(value)
    except Exception as error:
        index = _state.current_index()
        raise _pickling.not_picklable(value, error, "result", index) from error


def flush_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
