"""What can go wrong, as exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._answers import Result


class LlmError(Exception):
    """All errors of braid.llm."""


class Refused(LlmError):
    """Not sent: the request or the settings are wrong."""


class BadWorkflow(Refused):
    """The workflow is wrong; the message names the line."""


class Stopped(LlmError):
    """No more calls can be made."""


class Unauthorised(Stopped):
    """The server does not accept the key."""


class UnknownModel(Stopped):
    """The server has no such model."""


class QuotaExhausted(Stopped):
    """The quota of the key is used up."""


class BudgetStop(Stopped):
    """The budget does not cover another call."""


class Incomplete(LlmError):
    """Something is missing from the result, which is there as far as it could be made."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result = result


_OF_CAUSE = {
    "key": Unauthorised,
    "model": UnknownModel,
    "quota": QuotaExhausted,
    "budget": BudgetStop,
}


def stopped(cause: str, why: str) -> Stopped:
    """The exception for the cause that the native side names."""
    return _OF_CAUSE.get(cause, Stopped)(why)
