"""Braid: sequential Python scripts become parallel ones with the same result.

``import braid`` is the parallel map: ``braid.map(f, items)`` does the items side by side, on
threads or processes, and gives what ``[f(x) for x in items]`` gives. The command ``braid`` (or
``python -m braid``) is a native program that this package carries.
"""

from __future__ import annotations

from sys import modules as _modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = [
    "BraidError",
    "ErrorInfo",
    "Future",
    "InitializerFailed",
    "ItemTimeout",
    "JournalMismatch",
    "NotPicklable",
    "NotSupported",
    "Parallel",
    "ProcessPoolExecutor",
    "RemoteError",
    "Results",
    "RunStats",
    "Runner",
    "ThreadPoolExecutor",
    "WorkerDied",
    "__version__",
    "aimap",
    "amap",
    "cpu_count",
    "delayed",
    "engine_stats",
    "error_info",
    "imap",
    "last_run",
    "map",
    "numpy_rng",
    "register_joblib",
    "rng",
    "share",
    "shutdown",
    "starmap",
    "submit",
    "worker_id",
]

# Where each name lives: modules are imported when one of their names is first used, so that
# `import braid` (and a worker's start) costs next to nothing.
_HOMES = {
    "_api": "map imap starmap last_run engine_stats RunStats",
    "_errors": "BraidError ErrorInfo InitializerFailed ItemTimeout JournalMismatch NotPicklable "
    "NotSupported RemoteError error_info",
    "_worker_died": "WorkerDied",
    "_results": "Results",
    "_state": "cpu_count worker_id",
    "_random": "rng numpy_rng",
    "_pools": "shutdown",
    "_runner": "Runner submit",
    "_async": "amap aimap",
    "_share": "share",
    "_joblib": "Parallel delayed register_joblib",
    "_executors": "ProcessPoolExecutor",
    "_thread_executor": "ThreadPoolExecutor",
    "_futures": "Future",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'braid' has no attribute {name!r}")
    from importlib import import_module

    if __name__ + "._engine" not in _modules:
        _load_engine()
    value = getattr(import_module("." + home, __name__), name)
    globals()[name] = value
    return value


def _load_engine() -> None:
    """Imports the native module with signals held back.

    While a module of nanobind sets itself up, what a signal's handler raises (Ctrl-C) would be
    lost or worse: it does not expect exceptions there.
    """
    # Not `signal`, which makes enumerations first.
    import _signal as signal  # type: ignore[import-not-found]

    if not hasattr(signal, "pthread_sigmask"):
        from . import _engine

        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        from . import _engine  # noqa: F401
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def __dir__() -> list[str]:
    return sorted(__all__)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("braid")
    except PackageNotFoundError:  # used from a source tree
        return "0"
