"""Parallel and delayed as joblib has them, and Braid as a backend of joblib itself."""

from __future__ import annotations

import functools
import sys
import weakref

from . import _api, _options, _state
from ._errors import ItemTimeout
from ._tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ._results import Results

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

OBJECTS = {  # the classes of joblib's own backends
    "LokyBackend": "loky",
    "ThreadingBackend": "threading",
    "SequentialBackend": "sequential",
    "MultiprocessingBackend": "multiprocessing",
    "BraidBackend": "braid",
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
        if prefer == "processes" and require == "sharedmem":
            raise ValueError("prefer == 'processes' and require == 'sharedmem' are inconsistent")
        if batch_size != "auto" and not (isinstance(batch_size, int) and batch_size > 0):
            raise ValueError(f"batch_size must be 'auto' or a positive integer, got: {batch_size}")
        configured, configured_jobs, configured_kwargs = _active_configuration()
        chosen = backend if backend is not None else configured
        name = "processes"
        start_method = None
        if chosen is not None:
            name, start_method = backend_of(chosen)
        elif prefer == "threads":
            name = "threads"
        if require == "sharedmem" and name == "processes":
            if backend is not None:
                raise ValueError(f"Backend {backend} does not support shared memory")
            name = "threads"
        if backend is None:
            backend_kwargs = {**configured_kwargs, **backend_kwargs}
        self.n_jobs = n_jobs if n_jobs is not None else configured_jobs
        workers = effective_jobs(self.n_jobs)
        if workers == 1:
            name = "serial"
        self.return_as = return_as
        self.verbose = verbose
        self.timeout = timeout
        options: dict[str, Any] = {"backend": name, "workers": workers}
        if start_method is not None and name == "processes":
            options["start_method"] = start_method
        if timeout is not None:
            if name == "serial":
                warn_of_timeout(timeout)
            else:
                options["timeout"] = timeout
        if backend_kwargs.get("inner_max_num_threads") is not None and name == "processes":
            options["threads_per_worker"] = backend_kwargs["inner_max_num_threads"]
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
            if backend_kwargs.get(option) and name != "serial":
                options[option] = backend_kwargs[option]
        self._options = _options.check(options).replaced(raises_first_seen=True)
        self._runner: Any = None
        self._workers = workers
        self._generator: Any = None  # a weak reference to what the last call gives

    def _effective_n_jobs(self) -> int:
        return self._workers

    def __enter__(self) -> Parallel:
        from ._runner import Runner

        self._runner = Runner()
        return self

    def __exit__(self, *_: object) -> None:
        runner, self._runner = self._runner, None
        runner.shutdown()

    def __call__(self, iterable: Iterable[tuple[Any, Any, Any]]) -> Any:
        running = self._generator() if self._generator is not None else None
        if running is not None and not running.is_closed():
            raise RuntimeError(
                "This Parallel instance is already running: the generator of its last call has "
                "not been exhausted"
            )
        self._generator = None
        keeper = self._runner._keeper if self._runner is not None else None
        task = Task(apply_delayed, Task.OWN)
        total = _api.known_length(iterable)
        if self.return_as == "list":
            try:
                return _api.run(task, iterable, total, self._options, keeper)
            except ItemTimeout as error:
                raise as_joblib_raises_it(error) from error
        found: Results[Any] = _api.stream(task, iterable, total, self._options, keeper)
        found.begin()
        results = JoblibResults(found)
        self._generator = weakref.ref(results)
        return results

    def print_progress(self) -> None:
        """joblib's name; the bar draws itself."""


def apply_delayed(function: Any, args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)


class JoblibResults:
    """What a generator of joblib's is: an iterator that can be closed."""

    def __init__(self, results: Results[Any]) -> None:
        self._results = results

    def __iter__(self) -> JoblibResults:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._results)
        except ItemTimeout as error:
            raise as_joblib_raises_it(error) from error

    def close(self) -> None:
        self._results.close()

    def is_closed(self) -> bool:
        return self._results.is_closed()


def as_joblib_raises_it(error: ItemTimeout) -> ItemTimeout:
    from ._parallel_timeout import ParallelTimeout

    return ParallelTimeout(*error.args, **error.__dict__)


def warn_of_timeout(timeout: float) -> None:
    import warnings

    warnings.warn(
        "The backend class 'SequentialBackend' does not support timeout. "
        f"You have set 'timeout={timeout}' in Parallel but the 'timeout' parameter will not be "
        "used.",
        stacklevel=3,
    )


def backend_of(chosen: Any) -> tuple[str, str | None]:
    """(Braid's backend, start method or None) for a name, a context of multiprocessing, or one of
    joblib's own backends."""
    if hasattr(chosen, "get_start_method"):
        return "processes", chosen.get_start_method()
    name = chosen if isinstance(chosen, str) else OBJECTS.get(type(chosen).__name__)
    if name not in BACKENDS:
        raise ValueError(f"Invalid backend: {chosen}, expected one of {sorted(BACKENDS)}")
    return BACKENDS[name], None


def effective_jobs(n_jobs: Any) -> int:
    """How many workers joblib's `n_jobs` means: None is 1, -1 all processors, -2 all but one."""
    if n_jobs is None:
        return 1
    try:
        n_jobs = int(n_jobs)
    except ValueError:
        raise ValueError("n_jobs could not be converted to int") from None
    if n_jobs == 0:
        raise ValueError("n_jobs == 0 in Parallel has no meaning")
    if _state.in_worker():
        return 1
    count: int = n_jobs
    return max(1, _state.cpu_count() + 1 + count) if count < 0 else count


def window_of(pre_dispatch: Any, workers: int) -> int | None:
    """Items that may be ahead: a number, or an expression of numbers, n_jobs, + - * /."""
    if pre_dispatch == "all" or pre_dispatch is None:
        return None
    if isinstance(pre_dispatch, str):
        return _window(pre_dispatch, workers)
    return int(pre_dispatch)


@functools.lru_cache(maxsize=100)  # parsing needs stack, of which nested calls may have little left
def _window(expression: str, workers: int) -> int:
    import ast

    text = expression.replace("n_jobs", str(workers))
    return int(_evaluate(ast.parse(text, mode="eval").body))


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


def _active_configuration() -> tuple[str | None, int | None, dict[str, Any]]:
    """(backend, n_jobs, its options) of joblib's parallel_config, where joblib is in use."""
    parallel = sys.modules.get("joblib.parallel")
    if parallel is None:
        return None, None, {}
    try:
        config = getattr(parallel._backend, "config", None)
        if not config:
            return None, None, {}
        backend = config["backend"]
        jobs = config["n_jobs"]
        given = dict(getattr(backend, "backend_kwargs", {}))
        threads = getattr(backend, "inner_max_num_threads", None)
        if threads is not None:
            given["inner_max_num_threads"] = threads
        name = OBJECTS.get(type(backend).__name__)
        return name, jobs if isinstance(jobs, int) else None, given
    except (AttributeError, KeyError, TypeError):
        return None, None, {}


def register_joblib() -> None:
    """Makes `joblib.parallel_config(backend="braid")` work."""
    from joblib import register_parallel_backend  # type: ignore[import-untyped]

    from ._joblib_backend import BraidBackend

    register_parallel_backend("braid", BraidBackend)
