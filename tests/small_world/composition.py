"""Puts a loop into a context, with what it needs around it."""

import dataclasses
import re

from alphabet import shifted
from surroundings import CONTAINERS, CONTEXTS, DEFINITIONS, GLOBALS, SCALARS


@dataclasses.dataclass(frozen=True)
class Program:
    loop: str
    context: str
    text: str


WORD = re.compile(r"[A-Za-z_]\w*")


def words_of(text):
    return set(WORD.findall(text))


def initial(names, table):
    return [table[name] for name in table if name in names]


def program(loop, context, bits):
    """The loop in the context. `bits` chooses what may be either way."""
    in_function, template = CONTEXTS[context]
    needed = words_of(loop)
    if "log" in needed:
        needed.add("rows")
    if "box" in needed or "boxes" in needed:
        needed.add("Box")
    definitions = []
    for name in reversed(list(DEFINITIONS)):
        if name in needed:
            definitions.append(DEFINITIONS[name])
            inside = words_of(DEFINITIONS[name])
            needed |= inside
            if name == "made" or name == "kept":
                needed.add("BASE")
    definitions.sort(key=list(DEFINITIONS.values()).index)
    if "it" in needed:
        needed.add("ITEMS")
    needed.add("BASE")  # the nested function reads it
    body_words = words_of(loop)
    helper_words = set().union(*map(words_of, definitions)) if definitions else set()
    containers = {name for name in CONTAINERS if name in needed}
    local = set()
    if in_function:
        assigned = {
            name
            for name in containers
            if re.search(rf"(^|\n)\s*{name} = ", loop) and name not in helper_words
        }
        aliases = {"rows", "log"} & containers
        free = containers - helper_words - {"boxes"}
        if bits & 1:
            local = {name for name in free if not (name in aliases and not aliases <= free)}
        local |= assigned
        if aliases & local:
            local |= aliases
    scalars = [name for name in SCALARS if name in body_words]
    if not bits & 2 and len(scalars) > 1:
        scalars = [name for name in scalars if name != "t"]  # perhaps unbound
    init = initial(local, CONTAINERS) + initial(scalars, SCALARS)
    names = ("u", "t", "n", "s", "last", "x", "r") if "\n" in loop else ("t", "n", "s", "last")
    observed = [name for name in names if name in body_words]
    if bits & 4:
        observed.reverse()
    after = []
    if bits & 8 or not in_function:
        after = [f"print({name!r}, {name})" if name != "r" else "print(r.url)" for name in observed]
    after += [f"print({name})" for name in ("rows", "d", "cells", "alike") if name in local and bits & 16]
    if "it" in needed:
        after.append("print(list(it))")
    parameters = ", ".join(
        name for name in ("ITEMS", "pair") if name in body_words and name not in local
    )
    if not in_function and not bits & 32:
        after = []
    text = template.replace("PARAMETERS", parameters)
    for mark, statements in (
        ("INIT", init or ["pass"]),
        ("AFTER", after or ["pass"]),
        ("LOOP", [loop]),
    ):
        lines_of = []
        for line in text.split("\n"):
            if line.strip() == mark:
                by = line[: line.index(mark)]
                block = "\n".join(statements)
                lines_of.append(by + shifted(block, by))
            else:
                lines_of.append(line)
        text = "\n".join(lines_of)
    if context == "at exit":
        needed.add("atexit")
    top = ["import requests"] + [f"import {m}" for m in ("atexit", "math", "os", "tally", "time")
                                 if m in needed]  # fmt: skip
    top += [""] + initial(needed, GLOBALS)
    late = initial(containers - local, CONTAINERS)
    parts = ["\n".join(top), *definitions, "\n".join(late) + "\n" if late else "", text + "\n"]
    return Program(loop, context, "\n\n".join(part for part in parts if part))
