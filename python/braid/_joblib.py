"""Parallel and delayed as joblib has them, and Braid as a backend of joblib itself."""

from __future__ import annotations

import functools
import sys

from . import _api, _options, _state
from ._results import Results
from ._tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

BACKENDS = {
    "loky": "processes",
    "multiprocessing": "processes",
    "processes": "processes",
    "braid": "processes",
    "threading": "threads",
    "threads": "threads",
    "sequential": "serial",
    "serial": "serial",
}


def delayed(function: Callable[..., Any]) -> Callable[..., tuple[Any, Any, Any]]:
    """The call of a function as a value: (function, args, kwargs)."""

    @functools.wraps(function)
    def delay(*args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        return function, args, kwargs

    return delay


class Parallel:
    """joblib.Parallel on Braid's engine.

    Arrays arrive as private copies that tasks may write to; `temp_folder`, `max_nbytes` and
    `mmap_mode` are taken and not needed. Within `with`, the workers are kept between calls.
    """

    def __init__(
        self,
        n_jobs: int | None = None,
        backend: Any = None,
        return_as: str = "list",
        verbose: float = 0,
        timeout: float | None = None,
        pre_dispatch: Any = "2 * n_jobs",
        batch_size: Any = "auto",
        temp_folder: Any = None,
        max_nbytes: Any = "1M",
        mmap_mode: Any = "r",
        prefer: str | None = None,
        require: str | None = None,
        **backend_kwargs: Any,
    ) -> None:
        if return_as not in ("list", "generator", "generator_unordered"):
            raise ValueError(
                "Expected `return_as` parameter to be a string equal to 'list', 'generator' or "
                f"'generator_unordered', but got {return_as} instead."
            )
        if prefer not in (None, "processes", "threads"):
            raise ValueError(f"prefer={prefer} is not a valid backend hint")
        if require not in (None, "sharedmem"):
            raise ValueError(f"require={require} is not a valid backend constraint")
        if batch_size != "auto" and not (isinstance(batch_size, int) and batch_size > 0):
            raise ValueError(f"batch_size must be 'auto' or a positive integer, got: {batch_size}")
        configured, configured_jobs = _active_configuration()
        chosen = backend if backend is not None else configured
        name = "processes"
        if chosen is not None:
            if chosen not in BACKENDS:
                raise ValueError(f"Invalid backend: {chosen}, expected one of {sorted(BACKENDS)}")
            name = BACKENDS[chosen]
        elif prefer == "threads":
            name = "threads"
        if require == "sharedmem" and name == "processes":
            if backend is not None:
                raise ValueError(f"Backend {backend} does not support shared memory")
            name = "threads"
        self.n_jobs = n_jobs if n_jobs is not None else configured_jobs
        workers = effective_jobs(self.n_jobs)
        if workers == 1:
            name = "serial"
        self.return_as = return_as
        self.verbose = verbose
        self.timeout = timeout
        options: dict[str, Any] = {"backend": name, "workers": workers}
        if name != "serial" and timeout is not None:
            options["timeout"] = timeout
        if batch_size != "auto":
            options["batch"] = batch_size
        window = window_of(pre_dispatch, workers)
        if window is not None:
            options["window"] = max(window, workers)
        if return_as == "generator_unordered":
            options["ordered"] = False
        if verbose and verbose > 0:
            options["progress"] = True
        for option in ("initializer", "initargs"):
            if option in backend_kwargs:
                options[option] = backend_kwargs[option]
        self._options = _options.check(options).replaced(raises_first_seen=True)
        self._runner: Any = None

    def __enter__(self) -> Parallel:
        from ._runner import Runner

        self._runner = Runner()
        return self

    def __exit__(self, *_: object) -> None:
        runner, self._runner = self._runner, None
        runner.shutdown()

    def __call__(self, iterable: Iterable[tuple[Any, Any, Any]]) -> Any:
        keeper = self._runner._keeper if self._runner is not None else None
        task = Task(apply_delayed, Task.OWN)
        total = _api.known_length(iterable)
        if self.return_as == "list":
            return _api.run(task, iterable, total, self._options, keeper)
        results: Results[Any] = _api.stream(task, iterable, total, self._options, keeper)
        return results

    def print_progress(self) -> None:
        """joblib's name; the bar draws itself."""


def apply_delayed(function: Any, args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)


def effective_jobs(n_jobs: int | None) -> int:
    """How many workers joblib's `n_jobs` means: None is 1, -1 all processors, -2 all but one."""
    if n_jobs is None:
        return 1
    if n_jobs == 0:
        raise ValueError("n_jobs == 0 in Parallel has no meaning")
    if _state.in_worker():
        return 1
    return max(1, _state.cpu_count() + 1 + n_jobs) if n_jobs < 0 else int(n_jobs)


def window_of(pre_dispatch: Any, workers: int) -> int | None:
    """Items that may be ahead: a number, or an expression of numbers, n_jobs, + - * /."""
    if pre_dispatch == "all" or pre_dispatch is None:
        return None
    if isinstance(pre_dispatch, str):
        import ast

        text = pre_dispatch.replace("n_jobs", str(workers))
        return int(_evaluate(ast.parse(text, mode="eval").body))
    return int(pre_dispatch)


def _evaluate(node: Any) -> float:
    import ast
    import operator

    operators = {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
        ast.Pow: operator.pow,
    }
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in operators:
        return float(operators[type(node.op)](_evaluate(node.left), _evaluate(node.right)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate(node.operand)
    raise ValueError("pre_dispatch must be a number or an expression of n_jobs")


def _active_configuration() -> tuple[str | None, int | None]:
    """(backend, n_jobs) of joblib's parallel_config, where joblib is in use."""
    parallel = sys.modules.get("joblib.parallel")
    if parallel is None:
        return None, None
    try:
        config = getattr(parallel._backend, "config", None)
        if not config:
            return None, None
        backend = config["backend"]
        name = {
            "LokyBackend": "loky",
            "ThreadingBackend": "threading",
            "SequentialBackend": "sequential",
            "MultiprocessingBackend": "multiprocessing",
            "BraidBackend": "braid",
        }.get(type(backend).__name__)
        jobs = config["n_jobs"]
        return name, jobs if isinstance(jobs, int) else None
    except (AttributeError, KeyError, TypeError):
        return None, None


def register_joblib() -> None:
    """Makes `joblib.parallel_config(backend="braid")` work."""
    from joblib import register_parallel_backend  # type: ignore[import-untyped]

    from ._joblib_backend import BraidBackend

    register_parallel_backend("braid", BraidBackend)
