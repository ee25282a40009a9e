"""Workflows: files that say what is asked, run by the native command."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._answers import Answer, Plan, Result, Usage
from ._errors import BadWorkflow, Incomplete, LlmError, Refused, stopped
from ._process import command, environment

if TYPE_CHECKING:
    from ._client import Client


class Workflow:
    """A workflow file. Whether it is right is found out by plan() and by running it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Workflow:
        """Reads and checks it; raises BadWorkflow."""
        workflow = cls(path)
        workflow.plan()
        return workflow

    def __repr__(self) -> str:
        return f"Workflow({self.path!r})"

    def plan(self, **values: Any) -> Plan:
        """What it would do; nothing is sent."""
        with tempfile.TemporaryDirectory() as folder:
            stats = os.path.join(folder, "stats")
            words = [*self.command(values), "--dry-run", "--stats", stats]
            done = subprocess.run(words, capture_output=True, check=False)
            if done.returncode != 0:
                raise self.refusal(done.stderr)
            with open(stats, encoding="utf-8") as file:
                return Plan(text=_shown(done.stdout), **json.load(file))

    def command(self, values: Mapping[str, Any]) -> list[str]:
        # To the command, what is no such file is a prompt.
        if not self.path.endswith(".toml") or not os.path.isfile(self.path):
            raise BadWorkflow(f"{self.path}: no workflow file, whose name ends in .toml")
        return [command(), "ask", self.path, *_set(values)]

    def refusal(self, said: bytes) -> Refused:
        """What was not begun, by what the command said of it."""
        is_its_own = b"braid: " + os.fsencode(self.path) in said
        return (BadWorkflow if is_its_own else Refused)(_complaint(said))


def as_workflow(workflow: Workflow | str | os.PathLike[str]) -> Workflow:
    return workflow if isinstance(workflow, Workflow) else Workflow(workflow)


def _set(values: Mapping[str, Any]) -> list[str]:
    out = []
    for name, value in values.items():
        out += ["--set", f"{name}={value}"]
    return out


def _shown(text: bytes) -> str:
    # Names of files may be anything.
    return text.decode(errors="replace")


def _complaint(said: bytes) -> str:
    text = _shown(said)
    lines = [line for line in text.splitlines() if line.startswith("braid: ")]
    return lines[-1][len("braid: ") :] if lines else text.strip()


_PATIENCE = 0.5  # seconds that what is in flight has to come back

_OPTIONS = {
    "model": "--model",
    "base_url": "--base-url",
    "max_in_flight": "--max-in-flight",
    "rpm": "--rpm",
    "tpm": "--tpm",
    "retries": "--retries",
    "timeout": "--timeout",
    "journal": "--journal",
    "cache": "--cache",
    "budget_tokens": "--budget-tokens",
    "budget_usd": "--budget-usd",
    "prices": "--prices",
    "temperature": "--temperature",
    "max_tokens": "--max-tokens",
    "seed": "--seed",
    "give_up": "--give-up",
}
# Arguments can be seen by others.
_SECRET = {"authorization", "api-key", "x-api-key"}


def _sampling_words(settings: Mapping[str, Any]) -> list[str]:
    """What has no option of its own, or is no single value."""
    words = []
    extra = dict(settings.get("extra") or {})
    if "top_p" in settings:
        extra.setdefault("top_p", settings["top_p"])
    if extra:
        words += ["--extra", json.dumps(extra, ensure_ascii=False)]
    if settings.get("http2"):
        words.append("--http2")
    for name, value in (settings.get("headers") or {}).items():
        if name.lower() in _SECRET:
            raise Refused(f"the header {name} cannot go along with a workflow: use api_key")
        words += ["--header", f"{name}: {value}"]
    return words


def _words(client: Client, workflow: Workflow, values: Mapping[str, Any], folder: str) -> list[str]:
    words = [*workflow.command(values), "--quiet"]
    for name, option in _OPTIONS.items():
        if name in client.settings:
            words += [option, str(client.settings[name])]
    words += _sampling_words(client.settings)
    if client.settings.get("resume"):
        words.append("--resume")
    if client.system is not None:
        words += ["--system", client.system]
    for name in ("output", "parts", "stats"):
        option = "-o" if name == "output" else f"--{name}"
        words += [option, os.path.join(folder, name)]
    return words


def _answer(row: Mapping[str, Any]) -> Answer:
    return Answer(
        part=row["part"],
        index=row["index"],
        draw=row["draw"],
        status=row["status"],
        text=row["text"] or "",
        value=None,
        error=row["error"],
        attempts=row["attempts"],
        usage=Usage(row["prompt_tokens"], row["cached_tokens"], row["completion_tokens"]),
        usd=row["usd"],
        seconds=row["seconds"],
    )


def _result(workflow: Workflow, folder: str, status: int, said: bytes) -> Result:
    place = pathlib.Path(folder)
    if status == 2:
        raise workflow.refusal(said)
    if not (place / "stats").exists():
        raise LlmError(_complaint(said) or f"the native process ended with {status}")
    complaint = _complaint(said)
    stats = json.loads((place / "stats").read_text(encoding="utf-8"))
    output = place / "output"
    with open(place / "parts", encoding="utf-8") as file:
        parts = [_answer(json.loads(line)) for line in file]
    result = Result(
        output=output.read_bytes().decode(errors="surrogateescape") if output.exists() else None,
        parts=parts,
        merges=stats.pop("merges"),
        gaps=stats.pop("gaps"),
        stats=stats,
    )
    if status == 3:
        error = stopped(stats.get("stopped") or "", complaint)
        error.result = result  # type: ignore[attr-defined]
        raise error
    if status != 0:
        raise Incomplete(result, complaint or "gaps: " + ", ".join(result.gaps))
    return result


async def _give_up(child: asyncio.subprocess.Process) -> None:
    """The first signal ends the sending, the second what is in flight."""
    while child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(child.wait(), _PATIENCE)


def run(client: Client, workflow: Workflow, values: Mapping[str, Any]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            _words(client, workflow, values, folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(client._api_key),
            check=False,
        )
        return _result(workflow, folder, done.returncode, done.stderr)


async def arun(client: Client, workflow: Workflow, values: Mapping[str, Any]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        child = await asyncio.create_subprocess_exec(
            *_words(client, workflow, values, folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=environment(client._api_key),
        )
        try:
            _, complaint = await child.communicate()
        except asyncio.CancelledError:
            await _give_up(child)
            raise
        assert child.returncode is not None
        return _result(workflow, folder, child.returncode, complaint)
