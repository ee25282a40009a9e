"""Splits and merges by themselves."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ._answers import Answer, Result, Vote
from ._client import Client
from ._errors import LlmError, Refused
from ._process import local, utf_8
from ._settings import checked, several
from ._workflow import Workflow

Text = Any  # a text, an Answer, or None for a gap


def _text_of(each: Text) -> str | None:
    if isinstance(each, Answer):
        return each.text if each else None
    return None if each is None else str(each)


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    answer = local().ask(request)
    if answer.get("error"):
        raise Refused(answer["error"])
    return answer


def split(
    text: str, kind: str = "", *, batch: int = 0, tokens: int = 0, path: str = ""
) -> list[str]:
    """Cuts a text at natural boundaries; put together, the chunks are the text.

    ``kind`` is records, lines, paragraphs, sentences, sections or definitions; without it, the
    name ``path`` tells.
    """
    if not isinstance(text, str):
        raise Refused(f"what is split is a text, not {type(text).__name__}")
    asked = checked({"kind": kind, "batch": batch, "tokens": tokens, "path": os.fspath(path)})
    asked["text"] = text
    return [row[0] for row in _ask({"split": asked})["chunks"]]


def stitch(
    texts: Iterable[Text],
    join: str = "\n\n",
    *,
    chunks: Sequence[str] | None = None,
    missing: str = "all",
) -> str:
    """One text of many. With the ``chunks`` that they answer, the chunks' own blanks stand between
    them instead of ``join``."""
    asked: dict[str, Any] = {
        "texts": [_text_of(each) for each in several(texts, "the texts of a stitch")],
        "join": join,
        "missing": missing,
    }
    if chunks is not None:
        asked["chunks"] = list(chunks)
    answer = _ask({"stitch": asked})
    if answer["text"] is None:
        raise LlmError(answer["failure"])
    merged: str = answer["text"]
    return merged


def vote(
    ballots: Iterable[Text],
    choices: Sequence[str] = (),
    *,
    normalise: str | Callable[[str], str | None] = "word",
    quorum: int = 0,
    margin: int = 1,
    ties: str = "none",
    invalid: str = "abstain",
) -> Vote:
    """What the ballots say together. A function as ``normalise`` makes a label of a text."""
    checked({"quorum": quorum, "margin": margin})
    texts = [_text_of(each) for each in several(ballots, "ballots")]
    if callable(normalise):
        texts = [None if each is None else normalise(each) for each in texts]
        normalise = "none"
    answer = _ask(
        {
            "vote": {
                "texts": texts,
                "choices": list(choices),
                "normalise": normalise,
                "quorum": quorum,
                "margin": margin,
                "ties": ties,
                "invalid": invalid,
            }
        }
    )
    found = answer["details"]
    return Vote(
        winner=answer["text"],
        votes=found["votes"],
        margin=found["margin"],
        abstained=found["abstained"],
        tie=found["tie"],
        why=answer["failure"],
    )


def _quoted(text: str) -> str:
    # JSON's strings are TOML's, but for the character that JSON leaves alone.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _file(folder: str, texts: Iterable[Text], merge: dict[str, Any]) -> Workflow:
    names = []
    lines = ["braid = 1", "[input]"]
    for number, each in enumerate(several(texts, "the texts of a merge")):
        text = _text_of(each)
        if text is None:
            continue
        names.append(f"text-{number}")
        lines.append(f"{names[-1]} = {_quoted(_literal(text))}")
    if not names:
        raise Refused("there is nothing to merge")
    lines.append("[merge.result]")
    for key, value in merge.items():
        shown: Any = names if value is None else value
        if isinstance(shown, bool):
            lines.append(f"{key} = {str(shown).lower()}")
        elif isinstance(shown, (int, float)):
            lines.append(f"{key} = {shown}")
        elif isinstance(shown, list):
            lines.append(f"{key} = [{', '.join(map(_quoted, shown))}]")
        else:
            lines.append(f"{key} = {_quoted(shown)}")
    path = os.path.join(folder, "merge.toml")
    with open(path, "wb") as file:
        file.write(utf_8("\n".join(lines) + "\n"))
    return Workflow(path)


def _literal(text: str) -> str:
    return "@" + text if text.startswith("@") else text


def _best(criteria: str, scale: float, pairs: bool, ties: str) -> dict[str, Any]:
    return {
        "best": None,
        "criteria": _literal(criteria),
        "scale": scale,
        "pairs": pairs,
        "ties": ties,
    }


def _output(result: Result) -> str:
    assert result.output is not None
    return result.output


def best(
    texts: Iterable[Text],
    criteria: str,
    client: Client,
    *,
    scale: float = 10,
    pairs: bool = False,
    ties: str = "none",
) -> str:
    """The text that the client's model scores highest; a tie raises Incomplete."""
    with tempfile.TemporaryDirectory() as folder:
        return _output(client.run(_file(folder, texts, _best(criteria, scale, pairs, ties))))


async def abest(
    texts: Iterable[Text],
    criteria: str,
    client: Client,
    *,
    scale: float = 10,
    pairs: bool = False,
    ties: str = "none",
) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return _output(await client.arun(_file(folder, texts, _best(criteria, scale, pairs, ties))))


def synthesise(texts: Iterable[Text], prompt: str, client: Client) -> str:
    """One text that the client's model writes from all; ``{parts}`` in the prompt are they."""
    with tempfile.TemporaryDirectory() as folder:
        merge = {"synthesise": None, "prompt": _literal(prompt)}
        return _output(client.run(_file(folder, texts, merge)))


async def asynthesise(texts: Iterable[Text], prompt: str, client: Client) -> str:
    with tempfile.TemporaryDirectory() as folder:
        merge = {"synthesise": None, "prompt": _literal(prompt)}
        return _output(await client.arun(_file(folder, texts, merge)))
