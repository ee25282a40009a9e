"""Schemas: mappings, dataclasses, TypedDicts and pydantic models become JSON Schema, and answers
become values of them."""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from ._errors import Refused

Read = Callable[[str], Any]

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


def _union(kinds: tuple[Any, ...]) -> dict[str, Any]:
    return {"anyOf": [_schema_of(kind) for kind in kinds]}


def _schema_of(kind: Any) -> Any:
    if isinstance(kind, Mapping):
        return dict(kind)
    if kind is Any:
        return {}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if hasattr(kind, "model_json_schema"):
        return kind.model_json_schema()
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (typing.Union, getattr(types, "UnionType", typing.Union)):
        return _union(arguments)
    if kind is list or origin is list:
        return {"type": "array", **({"items": _schema_of(arguments[0])} if arguments else {})}
    if kind is dict or origin is dict:
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


def _value_of(kind: Any, value: Any) -> Any:
    """Dataclasses inside of lists and of other dataclasses are made too."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type) and isinstance(value, dict):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _value_of(hints[name], each) for name, each in value.items()})
    if typing.get_origin(kind) is list and isinstance(value, list):
        return [_value_of(typing.get_args(kind)[0], each) for each in value]
    return value


def schema_of(kind: Any) -> tuple[dict[str, Any], Read]:
    """The schema, and what reads an answer that fits it."""
    if hasattr(kind, "model_validate"):
        return _schema_of(kind), lambda text: kind.model_validate(_json_of(text))
    schema = _schema_of(kind)
    if not isinstance(kind, Mapping):
        return schema, lambda text: _value_of(kind, _json_of(text))
    return schema, _json_of
