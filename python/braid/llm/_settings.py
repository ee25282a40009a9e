"""What a client or a call may be told, checked before anything is sent."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from typing import Any, Union

from ._errors import Refused

Prompt = Union[str, Sequence[Mapping[str, str]]]

# The least that a number may be; whether it may be just that; whether it is a whole one.
_NUMBERS: dict[str, tuple[int, bool, bool]] = {
    "temperature": (0, True, False),
    "top_p": (0, True, False),
    "seed": (0, True, True),
    "max_tokens": (1, True, True),
    "max_in_flight": (1, True, True),
    "retries": (0, True, True),
    "rpm": (0, False, False),
    "tpm": (0, False, False),
    "timeout": (0, False, False),
    "give_up": (0, True, False),
    "budget_tokens": (0, True, True),
    "budget_usd": (0, True, False),
    "repeat": (1, True, True),
    "batch": (0, True, True),
    "tokens": (0, True, True),
    "quorum": (0, True, True),
    "margin": (0, True, True),
}
_TEXTS = ("model", "base_url", "system", "kind", "path", "join")
_MAPPINGS = ("extra", "headers")
_SAMPLING = {
    "model",
    "temperature",
    "top_p",
    "seed",
    "max_tokens",
    "extra",
    "headers",
    "http2",
    "give_up",
}


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are given; a value that would be ignored or misread is refused."""
    out = {name: value for name, value in settings.items() if value is not None}
    for name, value in out.items():
        if name in _NUMBERS:
            least, may_be_least, is_whole = _NUMBERS[name]
            kinds = int if is_whole else (int, float)
            is_number = isinstance(value, kinds) and not isinstance(value, bool)
            if not is_number or not (value > least or (may_be_least and value == least)):
                kind = "a whole number" if is_whole else "a number"
                bound = f"from {least} on" if may_be_least else f"above {least}"
                raise Refused(f"{name} is {kind} {bound}, not {value!r}")
        elif name in _TEXTS and not isinstance(value, str):
            raise Refused(f"{name} is a text, not {value!r}")
        elif name in _MAPPINGS and not isinstance(value, Mapping):
            raise Refused(f"{name} is a mapping, not {value!r}")
    return out


def budget_of(budget: Any) -> dict[str, Any]:
    if budget is None:
        return {}
    if isinstance(budget, int) and not isinstance(budget, bool):
        return {"budget_tokens": budget}
    if not isinstance(budget, Mapping) or set(budget) - {"tokens", "usd", "prices"}:
        raise Refused("budget is a number of tokens, or a mapping of tokens, usd and prices")
    names = {"tokens": "budget_tokens", "usd": "budget_usd", "prices": "prices"}
    return {
        names[name]: os.fspath(value) if name == "prices" else value
        for name, value in budget.items()
    }


def sampling_of(given: Mapping[str, Any]) -> dict[str, Any]:
    for name in given:
        if name not in _SAMPLING:
            near = difflib.get_close_matches(name, sorted(_SAMPLING), 1)
            hint = f"did you mean {near[0]}?" if near else "`extra` holds what only a server knows"
            raise Refused(f"no setting is named {name}; {hint}")
    return checked(given)


def prompt_of(prompt: Prompt) -> dict[str, Any]:
    """As a request has it."""
    if isinstance(prompt, str):
        return {"prompt": prompt}
    is_list = isinstance(prompt, Sequence) and not isinstance(prompt, (bytes, bytearray))
    if not is_list or not all(isinstance(message, Mapping) for message in prompt):
        raise Refused(f"a prompt is a text or a list of messages, not {type(prompt).__name__}")
    return {"messages": [dict(message) for message in prompt]}


def several(texts: Any, what: str) -> Any:
    """Unless it is a single text, which would be gone through letter by letter."""
    if isinstance(texts, (str, bytes)):
        raise Refused(f"{what} are several: a list, not a single text")
    return texts
