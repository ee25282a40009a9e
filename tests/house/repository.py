"""The files of this repository, as the house tests see them."""

import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_OURS = {".git", "build", "__pycache__", ".ruff_cache", ".mypy_cache", ".hypothesis"}

# Lower rooms first. A room may include itself and what stands left of it; the two last stand beside
# the staircase.
STAIRCASE = (
    "base",
    "diagnostics",
    "syntax",
    "scope",
    "effects",
    "dependence",
    "plan",
    "rewrite",
    "verify",
    "report",
    "cli",
)
BESIDE = {"runtime": {"base"}, "fanout": {"base", "diagnostics", "syntax"}}


def allowed(room):
    """The rooms that `room` may include."""
    if room in BESIDE:
        return BESIDE[room] | {room}
    if room == "cli":  # the door sees what stands beside the staircase too
        return {*STAIRCASE, *BESIDE}
    return set(STAIRCASE[: STAIRCASE.index(room) + 1])


@functools.cache
def files(*folders):
    """All files below the folders (everywhere when none is named), build outputs left out."""
    found = []
    for folder in folders or (".",):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not NOT_OURS.intersection(path.relative_to(ROOT).parts):
                found.append(path)
    return found


def code_files():
    """What is written by hand, in a language."""
    for path in files():
        relative = path.relative_to(ROOT)
        if relative.parts[:2] in (("tests", "golden"),) or relative.parts[0] == "examples":
            continue  # what users write
        if (
            path.suffix in (".cc", ".h", ".py", ".def", ".cmake", ".sh")
            or relative.parts[0] == "tools"
            and not path.suffix
        ):
            yield path


@functools.cache
def codes():
    """Every row of codes.def: (name, number, severity)."""
    text = (ROOT / "src/diagnostics/codes.def").read_text(encoding="utf-8")
    rows = re.findall(r"^CODE\((\w+), (\d+), (\w+),", text, re.MULTILINE)
    return [(name, int(number), severity) for name, number, severity in rows]
