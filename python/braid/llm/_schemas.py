"""Schemas: mappings, dataclasses, TypedDicts and pydantic models become JSON Schema, and answers
become values of them."""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from ._errors import Refused

Read = Callable[[str], Any]

_UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))
_SETS = (set, frozenset)

_PLAIN: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def _json_of(text: str) -> Any:
    fenced = re.fullmatch(r"\s*```[^\n]*\n(.*)```\s*", text, re.DOTALL)
    return json.loads(fenced.group(1) if fenced else text)


def _object(fields: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _schema_of(kind) for name, kind in fields.items()},
        "required": required,
        "additionalProperties": False,
    }


def _array(origin: Any, arguments: tuple[Any, ...]) -> dict[str, Any]:
    out: dict[str, Any] = {"type": "array"}
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        out["prefixItems"] = [_schema_of(each) for each in arguments]
        out["minItems"] = out["maxItems"] = len(arguments)
    elif arguments:
        out["items"] = _schema_of(arguments[0])
    if origin in _SETS:
        out["uniqueItems"] = True
    return out


def _schema_of(kind: Any) -> Any:
    if isinstance(kind, Mapping):
        return dict(kind)
    if kind is Any:
        return {}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if hasattr(kind, "model_json_schema"):
        return kind.model_json_schema()
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [each.value for each in kind]}
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in _UNIONS:
        return {"anyOf": [_schema_of(each) for each in arguments]}
    if origin in (list, tuple, *_SETS):
        return _array(origin, arguments)
    if origin is dict:
        more = {"additionalProperties": _schema_of(arguments[1])} if arguments else {}
        return {"type": "object", **more}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        needed = [
            each.name
            for each in dataclasses.fields(kind)
            if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        ]
        return _object({each.name: hints[each.name] for each in dataclasses.fields(kind)}, needed)
    if isinstance(kind, type) and issubclass(kind, dict) and hasattr(kind, "__total__"):
        return _object(typing.get_type_hints(kind), sorted(kind.__required_keys__))  # type: ignore
    raise Refused(f"{kind!r} has no JSON schema that is known here")


def _fits(kind: Any, value: Any) -> bool:
    """Whether a value that is one of several kinds may be of this one."""
    if dataclasses.is_dataclass(kind):
        return isinstance(value, dict) and set(value) <= {
            each.name for each in dataclasses.fields(kind)
        }
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return any(value == each.value for each in kind)
    origin = typing.get_origin(kind) or kind
    if origin in (list, tuple, *_SETS):
        return isinstance(value, list)
    return origin is dict and isinstance(value, dict)


def _value_of(kind: Any, value: Any) -> Any:
    """Dataclasses, enumerations, tuples and sets are made, wherever they stand."""
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    if origin in _UNIONS:
        kind = next((each for each in arguments if _fits(each, value)), None)
        return value if kind is None else _value_of(kind, value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _value_of(hints[name], each) for name, each in value.items()})
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    if origin is dict and arguments:
        return {name: _value_of(arguments[1], each) for name, each in value.items()}
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        return tuple(map(_value_of, arguments, value))
    if origin in (list, tuple, *_SETS):
        item = arguments[0] if arguments else Any
        return origin(_value_of(item, each) for each in value)
    return value


def schema_of(kind: Any) -> tuple[dict[str, Any], Read]:
    """The schema, and what reads an answer that fits it."""
    if hasattr(kind, "model_validate"):
        return _schema_of(kind), lambda text: kind.model_validate(_json_of(text))
    schema = _schema_of(kind)
    if not isinstance(kind, Mapping):
        return schema, lambda text: _value_of(kind, _json_of(text))
    return schema, _json_of
