"""Run pairs of scripts, original and rewritten, and compare everything that they show.

    compare_runs.py FOLDER [all]

FOLDER holds pairs NAME.before.py and NAME.after.py. The scripts call the functions below. The first
run of the original records every fault point that it passes; then both run once without a fault and
once for each point with an exception raised there. With `all`, calls and
what is seen also end by KeyboardInterrupt, SystemExit and an exception whose arguments are not those
of its constructor. What is compared: what they print, the exception
that leaves them, and every name of the original that is bound at the end.
"""

import contextlib
import io
import re
import sys
import tempfile
import threading
import time
import traceback
import types
from pathlib import Path


class Fault(Exception):
    pass


class Odd(Exception):
    def __init__(self, first, second="x"):
        super().__init__(f"{first}-{second}")
        self.first = first


class World:
    """The functions that a script may call, with their fault points."""

    def __init__(self, fault=None, kind=Fault):
        self.fault = fault
        self.kind = kind
        self.points = []
        self.threads = set()
        self.lock = threading.Lock()

    def point(self, key):
        with self.lock:
            self.points.append(key)
        if key == self.fault:
            raise self.kind(key)

    def names(self):
        world = self

        def fetch(item, *more, **named):
            """The costly call."""
            world.threads.add(threading.get_ident())
            time.sleep(sum(map(ord, str(item))) % 5 / 1000)
            world.point(f"fetch {item} {more} {named}")
            return f"<{item}{''.join(map(str, more))}{''.join(map(str, named.values()))}>"

        def note(*values):
            """Something that the outside sees."""
            world.point(f"note {values}")
            print(*values)
            return values

        def check(value):
            """Something cheap that only reads."""
            world.point(f"check {value}")
            return sum(map(ord, str(value))) % 2 == 0

        def make(value):
            world.point(f"make {value}")
            return f"made-{value}"

        def source(count):
            """An input that may fail."""
            for number in range(count):
                world.point(f"next {number}")
                yield f"item{number}"

        class Client:
            def __init__(self, name="client"):
                self.name = name

            def get(self, item, **named):
                return fetch(f"{self.name}/{item}", **named)

        library = types.ModuleType("library")
        library.fetch = fetch
        library.Client = Client
        library.note = note
        library.make = make
        library.source = source
        sys.modules["library"] = library
        return {
            "fetch": fetch,
            "note": note,
            "check": check,
            "make": make,
            "source": source,
            "Client": Client,
            "Fault": Fault,
        }


def show(value, depth=0):
    if isinstance(value, (str, int, float, bool, bytes, type(None))):
        text = repr(value)
        return "temporary" if tempfile.gettempdir() in text else text
    if isinstance(value, (list, tuple)) and depth < 3:
        return f"{type(value).__name__}[{', '.join(show(each, depth + 1) for each in value)}]"
    if isinstance(value, dict) and depth < 3:
        return "{" + ", ".join(f"{show(k, 3)}: {show(v, depth + 1)}" for k, v in value.items()) + "}"
    if isinstance(value, set):
        return f"set{sorted(map(repr, value))}"
    return type(value).__name__


def run(path, text, names_of, world):
    given = world.names()
    space = {"__name__": "__main__", "__file__": str(path), **given}
    out = io.StringIO()
    raised = None
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(text, str(path), "exec"), space)
        except BaseException as error:
            raised = error
    context = raised.__context__ if raised else None
    names = {
        name: show(value)
        for name, value in space.items()
        if name not in given and name in names_of and not name.startswith("__")
    }
    return {
        "stdout": out.getvalue(),
        "exception": f"{type(raised).__name__}: {raised} {raised.args}" if raised else None,
        "context": f"{type(context).__name__}: {context}" if context else None,
        "names": names,
        "traceback": raised,
    }


def compare(before, after, thorough):
    texts = [path.read_bytes().decode("utf-8-sig") for path in (before, after)]
    names_of = set(re.findall(r"\w+", texts[0]))
    recorder = World()
    run(before, texts[0], names_of, recorder)
    faults = [(None, Fault)] + [(point, Fault) for point in dict.fromkeys(recorder.points)]
    faults += [(p, StopIteration) for p in dict.fromkeys(recorder.points) if not p.startswith("next")]
    if thorough:
        seen = [p for p in dict.fromkeys(recorder.points) if p.startswith(("fetch", "note"))]
        faults += [(p, kind) for p in seen for kind in (KeyboardInterrupt, SystemExit, Odd)]
    failures = []
    for fault, kind in faults:
        worlds = [World(fault, kind), World(fault, kind)]
        results = [run(path, text, names_of, world) for path, text, world in zip((before, after), texts, worlds)]
        for what in ("stdout", "exception", "context", "names"):
            if results[0][what] != results[1][what]:
                failures.append(
                    f"{before.stem}: with {kind.__name__} at {fault}: {what}\n"
                    f"  before: {results[0][what]!r}\n  after:  {results[1][what]!r}"
                )
                error = results[1]["traceback"]
                if error is not None:
                    failures.append("".join(traceback.format_exception(error)[-4:]))
                break
        if fault is None and worlds[1].threads and worlds[1].threads <= {threading.get_ident()}:
            failures.append(f"{before.stem}: nothing ran outside the main thread")
    return len(faults), failures


def main():
    folder = Path(sys.argv[1])
    runs, failures = 0, []
    pairs = sorted(folder.glob("*.before.py"))
    for before in pairs:
        after = before.with_name(before.name.replace(".before.", ".after."))
        count, found = compare(before, after, sys.argv[2:] == ["all"])
        runs += count
        failures += found[:3]
    print(f"{len(pairs)} pairs, {runs} runs, {len(failures)} differences")
    for failure in failures:
        print(failure)
    sys.exit(1 if failures or not pairs else 0)


if __name__ == "__main__":
    main()
