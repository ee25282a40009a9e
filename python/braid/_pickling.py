"""What crosses between processes: functions by value where the other side lacks them, large buffers
out of band.

`dumps` gives (pickle, buffers); the engine writes both into shared memory once. Functions and
classes of `__main__`, and of modules that a fresh interpreter would not find, go by value.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import sys
from types import FunctionType, ModuleType

from ._errors import BraidError, NotPicklable, short_repr, traceback_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OUT_OF_BAND = 64 << 10  # bytes; smaller buffers travel inside the pickle


def loads(data: Any, buffers: Any = ()) -> Any:
    return pickle.loads(data, buffers=buffers)


_by_value: dict[str, tuple[object, bool]] = {}


def goes_by_value(name: str | None) -> bool:
    """Whether a module of this name would not be found by a worker."""
    if name is None or name == "__main__":
        return True
    module = sys.modules.get(name)
    if module is None:
        return False
    known = _by_value.get(name)
    if known is not None and known[0] is module:
        return known[1]
    answer = not _importable(name, module)
    _by_value[name] = (module, answer)
    return answer


def _importable(name: str, module: ModuleType) -> bool:
    top = name.partition(".")[0]
    if top in sys.builtin_module_names or top in getattr(sys, "stdlib_module_names", ()):
        return True
    origin = getattr(module, "__file__", None)
    if origin is None:  # made at run time, or a namespace package
        return getattr(module, "__path__", None) is not None
    parent, _, leaf = name.rpartition(".")
    path = getattr(sys.modules.get(parent), "__path__", None) if parent else None
    if parent and path is None:
        return False
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        try:
            spec = find(name, path) if find is not None else None
        except Exception:
            spec = None
        if spec is not None:
            return bool(spec.origin == origin)
    return False


_pickler_class: Any = None


def _pickler() -> Any:
    """cloudpickle's pickler, narrowed: what plain pickle can do by reference stays so."""
    global _pickler_class
    if _pickler_class is None:
        try:
            import cloudpickle  # type: ignore[import-untyped]
        except ImportError:
            _pickler_class = pickle.Pickler
            return _pickler_class

        from ._namespaces import Namespace

        class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
            def reducer_override(self, value: Any) -> Any:
                kind = type(value)
                if kind is FunctionType:  # only used where it goes by value
                    self.globals_ref.setdefault(id(value.__globals__), Namespace())
                if kind is FunctionType or issubclass(kind, type):
                    module = getattr(value, "__module__", None)
                    if (
                        module is not None
                        and module != "__main__"
                        and goes_by_value(module)
                        and module not in cloudpickle.list_registry_pickle_by_value()
                        and module in sys.modules
                    ):
                        cloudpickle.register_pickle_by_value(sys.modules[module])
                return super().reducer_override(value)

        _pickler_class = Pickler
    return _pickler_class


class _Foreign(Exception):
    """A function or class that plain pickle would name, and the other side would not find."""


class _PlainPickler(pickle.Pickler):
    """Plain pickle that stops where its answer would not hold for a worker."""

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if (kind is FunctionType or issubclass(kind, type)) and goes_by_value(value.__module__):
            raise _Foreign
        return NotImplemented


def dumps(value: Any) -> tuple[bytes, list[pickle.PickleBuffer]]:
    """Plain pickle where its answer holds for a worker too, else by value."""
    buffers: list[pickle.PickleBuffer] = []
    return _dump(value, buffers), buffers


def dumps_in_band(value: Any, reducers: Any = None) -> bytes:
    """One string, whatever it holds. `reducers`: type → function, before copyreg's."""
    return _dump(value, None, reducers)


def _dump(value: Any, buffers: list[pickle.PickleBuffer] | None, reducers: Any = None) -> bytes:
    def keep_apart(buffer: pickle.PickleBuffer) -> bool:
        with buffer.raw() as view:
            if buffers is None or view.nbytes < OUT_OF_BAND:
                return True
        buffers.append(buffer)
        return False

    stream = io.BytesIO()
    plain = _PlainPickler(stream, 5, buffer_callback=keep_apart)
    if reducers:
        plain.dispatch_table = {**copyreg.dispatch_table, **reducers}
    try:
        plain.dump(value)
        return stream.getvalue()
    except (_Foreign, pickle.PicklingError, AttributeError, TypeError):
        pass  # a lambda, a local function, a class of __main__; or it really cannot
    if buffers:
        buffers.clear()
    stream = io.BytesIO()
    kind = _pickler()
    if reducers:
        # cloudpickle's own table is the class's, and is read when a pickler is made.
        table = {**getattr(kind, "dispatch_table", copyreg.dispatch_table), **reducers}
        kind = type("Pickler", (kind,), {"dispatch_table": table})
    kind(stream, protocol=5, buffer_callback=keep_apart).dump(value)
    return stream.getvalue()


def not_picklable(value: Any, error: BaseException, what: str, index: int | None) -> NotPicklable:
    """Says which part of `value` it is that cannot be pickled."""
    path, part = _find_culprit(value, what, 0)
    message = f"{path} cannot be pickled ({type(part).__name__}): {error}"
    if index is not None:
        message += f" (item {index})"
    return NotPicklable(message, what=what, path=path, type_name=type(part).__name__, index=index)


def _can_pickle(value: Any) -> bool:
    try:
        dumps(value)
    except Exception:
        return False
    return True


def _find_culprit(value: Any, path: str, depth: int) -> tuple[str, Any]:
    """The deepest part that cannot be pickled by itself, down to a few levels."""
    if depth > 8:
        return path, value
    parts: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        parts = [(f"{path}[{short_repr(key)}]", part) for key, part in list(value.items())[:1000]]
    elif isinstance(value, (list, tuple)):
        parts = [(f"{path}[{at}]", part) for at, part in enumerate(value[:1000])]
    elif isinstance(value, FunctionType):
        code = value.__code__
        cells = value.__closure__ or ()
        for name, cell in zip(code.co_freevars, cells):
            try:
                parts.append((f"{path}.{name}", cell.cell_contents))
            except ValueError:
                continue
        parts += [
            (f"{path}.{name}", value.__globals__[name])
            for name in code.co_names
            if name in value.__globals__
        ]
    else:
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict):
            parts = [(f"{path}.{name}", part) for name, part in attributes.items()]
    for name, part in parts:
        if not _can_pickle(part):
            return _find_culprit(part, name, depth + 1)
    return path, value


def describe(exception: BaseException, index: int) -> bytes:
    """An exception as a worker sends it: (pickle or None, class name, message, traceback).

    The pickle is only used when it can be read here as well: classes whose __init__ takes other
    arguments than their args cannot.
    """
    text = traceback_text(exception)
    name = f"{type(exception).__module__}.{type(exception).__qualname__}"
    packed = pack_exception(exception)
    return pickle.dumps((packed, name, short_repr_of(exception), text), protocol=5)


def short_repr_of(exception: BaseException) -> str:
    try:
        return str(exception)
    except Exception:
        return "<its message cannot be shown>"


def pack_exception(exception: BaseException) -> bytes | None:
    try:
        data = dumps_in_band(exception)
        again = pickle.loads(data)
        if type(again) is type(exception) or type(again).__name__ == type(exception).__name__:
            return data
    except Exception:
        pass
    # Its class, arguments and attributes, put together without calling __init__.
    try:
        data = dumps_in_band(_Parts(exception))
        pickle.loads(data)
        return data
    except Exception:
        return None


class _Parts:
    """Pickles an exception as its parts."""

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception

    def __reduce__(self) -> Any:
        exception = self.exception
        return put_together, (type(exception), exception.args, dict(exception.__dict__))


def put_together(
    kind: type[BaseException], args: tuple[Any, ...], attributes: dict[str, Any]
) -> BaseException:
    exception = kind.__new__(kind, *args)
    exception.args = args
    exception.__dict__.update(attributes)
    return exception


def rebuild_exception(data: bytes) -> tuple[BaseException, str]:
    """(the exception, its remote traceback as text)."""
    from ._errors import RemoteError

    packed, name, message, text = pickle.loads(data)
    if packed is not None:
        try:
            exception = pickle.loads(packed)
            if isinstance(exception, BaseException):
                return exception, text
        except Exception:
            pass
    return RemoteError(f"{name}: {message}", type_name=name), text


def chain_remote(exception: BaseException, text: str) -> None:
    """The remote traceback becomes the cause, as concurrent.futures shows it."""
    if isinstance(exception, BraidError) and exception.__cause__ is not None:
        return
    from concurrent.futures.process import _RemoteTraceback

    remote: Any = _RemoteTraceback
    exception.__cause__ = remote(f'\n"""\n{text}"""')
