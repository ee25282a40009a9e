"""Module-level names of functions that travel by value.

Each pickle brings the names that its functions use, as the parent has them. What an initializer has
bound or filled in a worker (`global model; model = load()`) is the worker's own: functions of the
same module that come later find that, as they do where processes are forks.
"""

from __future__ import annotations

import functools
import pickle
import sys
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType

from ._pickling import goes_by_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# What cannot be filled; only another value under its name counts.
FIXED = (
    ModuleType,
    FunctionType,
    BuiltinFunctionType,
    type,
    type(None),
    int,
    float,
    complex,
    str,
    bytes,
    tuple,
    frozenset,
)

_owned: dict[str, dict[str, Any]] = {}  # module → name → value
_made: list[dict[str, Any]] = []  # of the pickle that is being read


class Namespace(dict):  # type: ignore[type-arg]
    """While it is pickled: the names of one module."""

    def __reduce__(self) -> Any:
        return fresh, (dict(self),)


def fresh(basics: dict[str, Any]) -> dict[str, Any]:
    made = dict(basics)
    if _owned:
        _made.append(made)
    return made


def adopt() -> None:
    """After a pickle was read: its functions see what is the worker's own."""
    while _made:
        namespace = _made.pop()
        namespace.update(_owned.get(namespace.get("__name__", ""), {}))


def loads(data: Any, buffers: Any = ()) -> Any:
    """In a worker."""
    value = pickle.loads(data, buffers=buffers)
    adopt()
    return value


def learn(initializer: Any, call: Callable[[], Any]) -> None:
    """Calls an initializer, and keeps what it leaves in its module's names."""
    function = _function_of(initializer)
    if function is None:
        call()
        return
    namespace = function.__globals__
    before = dict(namespace)
    call()
    module = namespace.get("__name__", "")
    names: Any = namespace
    if getattr(sys.modules.get(module), "__dict__", None) is namespace:
        if not goes_by_value(module):
            return  # all functions of it have these very names
        names = _names_used(function, set())
    found = {
        name: value
        for name, value in namespace.items()
        if not name.startswith("__")
        and (before.get(name, _made) is not value or (name in names and not _is_fixed(value)))
    }
    if found:
        _owned[module] = found


def _is_fixed(value: Any) -> bool:
    return isinstance(value, FIXED)


def _function_of(called: Any) -> FunctionType | None:
    while isinstance(called, functools.partial):
        called = called.func
    called = getattr(called, "__func__", called)
    if not isinstance(called, (FunctionType, type)):
        called = type(called).__call__
    return called if isinstance(called, FunctionType) else None


def _names_used(function: FunctionType, seen: set[str]) -> set[str]:
    """Module-level names that it, and functions of its module that it names, may use."""
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for name in code.co_names:
            if name in seen:
                continue
            seen.add(name)
            other = function.__globals__.get(name)
            if isinstance(other, FunctionType) and other.__globals__ is function.__globals__:
                _names_used(other, seen)
    return seen
