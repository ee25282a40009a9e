"""Many calls to a language model: split a job, run it within the limits, merge the answers.

    from braid import llm

    client = llm.Client("gpt-4o-mini", rpm=500)
    for answer in client.imap("Translate to French:\\n{chunk}", llm.split(text, "paragraphs")):
        print(answer.text)

All sending, limiting, retrying and journaling is done by the native command ``braid``, in a
process of its own that each Client starts at its first call; waiting holds no lock of the
interpreter. Every function has an asynchronous twin whose name begins with ``a``.
"""

from ._answers import Answer, Plan, Result, Usage, Vote
from ._client import Client
from ._errors import (
    BadWorkflow,
    BudgetStop,
    Incomplete,
    LlmError,
    QuotaExhausted,
    Refused,
    Stopped,
    Unauthorised,
    UnknownModel,
)
from ._merging import abest, asynthesise, best, split, stitch, synthesise, vote
from ._workflow import Workflow

__all__ = [
    "Answer",
    "BadWorkflow",
    "BudgetStop",
    "Client",
    "Incomplete",
    "LlmError",
    "Plan",
    "QuotaExhausted",
    "Refused",
    "Result",
    "Stopped",
    "Unauthorised",
    "UnknownModel",
    "Usage",
    "Vote",
    "Workflow",
    "abest",
    "asynthesise",
    "best",
    "split",
    "stitch",
    "synthesise",
    "vote",
]
