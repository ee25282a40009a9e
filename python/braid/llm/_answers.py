"""What comes back, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Tokens; cached ones are part of the prompt's."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


@dataclass(frozen=True)
class Answer:
    """One call: ``status`` is ok, failed or skipped; ``value`` is the text read by the schema."""

    part: str
    index: int
    draw: int
    status: str
    text: str
    value: Any
    error: str | None
    attempts: int
    usage: Usage
    usd: float | None
    seconds: float

    def __bool__(self) -> bool:
        return self.status == "ok"


@dataclass(frozen=True)
class Result:
    """What a workflow gave: its output, all its calls, its merges and what is missing."""

    output: str | None
    parts: Sequence[Answer]
    merges: Mapping[str, Any]
    gaps: Sequence[str]
    stats: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a workflow would do: an unknown cost or time is None."""

    text: str
    calls: int
    exact: bool
    prompt_tokens: int
    completion_tokens: int
    usd: float | None
    seconds: float | None


@dataclass(frozen=True)
class Vote:
    """``winner`` is None when there is none; ``tie`` says whether two were level."""

    winner: str | None
    votes: Mapping[str, int]
    margin: int
    abstained: int
    tie: bool
    why: str = field(default="")
