"""The keyword arguments of every call, checked before anything is pulled or started."""

from __future__ import annotations

import math
import os

from . import _state
from ._errors import NotSupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

BACKENDS = ("auto", "serial", "threads", "processes", "asyncio")
START_METHODS = ("forkserver", "fork", "spawn")
DEFAULT_WINDOW = 65_536  # items
THREADS = 32  # by default, for work that waits


class Options:
    """Checked options, not to be changed. `workers` is None where the backend decides."""

    workers: int | None = None
    backend: str = "auto"
    start_method: str = "forkserver"
    ordered: bool = True
    on_error: str = "raise"
    retries: int = 0
    timeout: float | None = None
    progress: Any = False
    window: int = DEFAULT_WINDOW
    batch: int | None = None  # items; None: measured
    initializer: Callable[..., Any] | None = None
    initargs: tuple[Any, ...] = ()
    seed: Any = None
    journal: str | None = None
    max_tasks_per_worker: int | None = None
    max_memory_per_worker: int | None = None
    threads_per_worker: int | None = None

    # Not an option of ours: of several failures raise the one that is seen first, as joblib does.
    raises_first_seen = False
    # Nor this: is told [(index, result)] as soon as items are done, before they are delivered.
    arrived = None

    def replaced(self, **values: Any) -> Options:
        copy = Options()
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update(values)
        return copy

    def with_backend(self, backend: str) -> Options:
        return self.replaced(backend=backend)


def check(given: dict[str, Any], base: Options | None = None) -> Options:
    """ValueError or TypeError for bad values; arguments before variables before defaults."""
    unknown = set(given) - set(Options.__annotations__)
    if unknown:
        raise TypeError(f"unexpected keyword argument {sorted(unknown)[0]!r}")
    if not given and base is not None:
        return base
    defaults = base or from_environment()
    values = {name: value for name, value in given.items() if name in KEPT or value is not None}
    for name, value in values.items():
        rule = RULES.get(name)
        if rule is not None:
            values[name] = rule(name, value)
    options = defaults.replaced(**values)
    if options.initargs and options.initializer is None:
        raise ValueError("initargs without an initializer")
    if options.backend == "serial" and options.timeout is not None:
        raise ValueError("backend='serial' cannot stop an item, so it takes no timeout")
    return options


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")
    return int(value.__index__())


def _positive(name: str, value: Any) -> int:
    number = _whole(name, value)
    if number < 1:
        raise ValueError(f"{name} must be at least 1, not {number}")
    return number


def _not_negative(name: str, value: Any) -> int:
    number = _whole(name, value)
    if number < 0:
        raise ValueError(f"{name} must not be negative, but it is {number}")
    return number


def _workers(name: str, value: Any) -> int:
    number = _positive(name, value)
    if number > 4000:
        raise ValueError(f"{name} must be at most 4000, not {number}")
    return number


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be seconds, not {type(value).__name__}")
    if not value > 0 or math.isinf(value):
        raise ValueError(f"{name} must be positive seconds, not {value}")
    return float(value)


def _one_of(*choices: str) -> Callable[[str, Any], str]:
    def rule(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a string, not {type(value).__name__}")
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return rule


def _backend(name: str, value: Any) -> str:
    return str(_one_of(*BACKENDS)(name, value))


def _batch(name: str, value: Any) -> int | None:
    if isinstance(value, str):
        _one_of("auto")(name, value)
        return None
    return _positive(name, value)


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, (bool, int)):
        raise TypeError(f"{name} must be True or False, not {type(value).__name__}")
    return bool(value)


def _callable(name: str, value: Any) -> Callable[..., Any]:
    if not callable(value):
        raise TypeError(f"{name} must be callable, not {type(value).__name__}")
    return value  # type: ignore[no-any-return]


def _tuple(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be a tuple of arguments, not {type(value).__name__}")
    return tuple(value)


def _path(name: str, value: Any) -> str:
    return str(os.fspath(value))


KEPT = {"progress", "seed"}  # None means something, or nothing at all
RULES: dict[str, Callable[[str, Any], Any]] = {
    "workers": _workers,
    "backend": _backend,
    "start_method": _one_of(*START_METHODS),
    "ordered": _truth,
    "on_error": _one_of("raise", "return", "skip"),
    "retries": _not_negative,
    "timeout": _seconds,
    "window": _positive,
    "batch": _batch,
    "initializer": _callable,
    "initargs": _tuple,
    "journal": _path,
    "max_tasks_per_worker": _positive,
    "max_memory_per_worker": _positive,
    "threads_per_worker": _positive,
}


def from_environment() -> Options:
    """What the variables say, where an argument does not."""
    options = Options()
    for variable, name in (
        ("BRAID_WORKERS", "workers"),
        ("BRAID_BACKEND", "backend"),
        ("BRAID_START_METHOD", "start_method"),
    ):
        text = os.environ.get(variable)
        if not text:
            continue
        value: Any = text
        if name == "workers":
            try:
                value = int(text)
            except ValueError:
                raise ValueError(f"{variable} must be a whole number, not {text!r}") from None
        options = options.replaced(**{name: RULES[name](variable, value)})
    text = os.environ.get("BRAID_PROGRESS")
    if text:
        if text not in ("0", "1", "plain"):
            raise ValueError(f"BRAID_PROGRESS must be 0, 1 or plain, not {text!r}")
        options = options.replaced(progress={"0": False, "1": True, "plain": "plain"}[text])
    return options


def idle_seconds() -> float:
    """How long workers wait for more before they leave (BRAID_IDLE_TIMEOUT)."""
    text = os.environ.get("BRAID_IDLE_TIMEOUT")
    if not text:
        return 60.0
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(f"BRAID_IDLE_TIMEOUT must be seconds, not {text!r}") from None
    if not seconds >= 0:
        raise ValueError(f"BRAID_IDLE_TIMEOUT must not be negative, but it is {text}")
    return seconds


def worker_count(options: Options) -> int:
    if options.workers is not None:
        return options.workers
    if options.backend in ("threads", "asyncio"):
        return max(THREADS, _state.cpu_count()) if options.backend == "threads" else 100
    return _state.cpu_count()


def need_processes() -> None:
    import sys

    if not sys.platform.startswith("linux"):
        raise NotSupported("backend='processes' needs Linux; threads, asyncio and serial work here")
