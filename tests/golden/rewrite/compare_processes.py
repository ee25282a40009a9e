"""Run pairs of scripts whose rewritten half uses worker processes, under every start method.

    compare_processes.py FOLDER [all | sample]

As compare_runs.py, but each run is a process of its own, so that workers import the script as they
would. The functions that scripts call are in `library`, which this file writes into FOLDER.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIBRARY = '''
import os

class Odd(Exception):
    """Its arguments are not those of its constructor: pickling it as usual fails or doubles them."""
    def __init__(self, first, second="x"):
        super().__init__(f"{first}-{second}")
        self.first = first

def point(key):
    if "POINTS" in os.environ:
        with open(os.environ["POINTS"], "a") as file:
            file.write(key + "\\n")
    if os.environ.get("FAULT") == key:
        if os.environ["KIND"] == "SystemExit":
            raise SystemExit(3)
        raise {"Odd": Odd, "ValueError": ValueError, "StopIteration": StopIteration}[os.environ["KIND"]](key)

def work(item, *more):
    point(f"work {item}")
    if "WORKERS" in os.environ:
        with open(os.environ["WORKERS"], "a") as file:
            file.write(f"{os.getpid()}\\n")
    return f"<{item}{''.join(map(str, more))}>"

def make(value):
    point(f"make {value}")
    return f"made-{value}"

def source(count):
    for number in range(count):
        point(f"next {number}")
        yield f"item{number}"

def note(*values):
    point(f"note {values}")
    print(*values)
    return values
'''

CUSTOMIZE = '''
import atexit, json, multiprocessing, os, sys
if "START" in os.environ:
    multiprocessing.set_start_method(os.environ["START"], force=True)
main = os.getpid()
seen = {}

def hook(kind, error, trace):
    seen["exception"] = f"{kind.__name__}: {error} {error.args}"
    sys.__excepthook__(kind, error, trace)

def finish():
    # Workers, the fork server and the resource tracker start Python too, but not with the script.
    if os.getpid() != main or multiprocessing.parent_process() or sys.argv[0] != os.environ.get("SCRIPT"):
        return
    names = os.environ["NAMES"].split()
    space = vars(sys.modules["__main__"])
    shown = (str, int, float, list, dict, tuple, type(None))
    seen["names"] = {n: repr(space[n]) if isinstance(space[n], shown) else type(space[n]).__name__
                     for n in names if n in space and not n.startswith("__") and type(space[n]).__name__ != "function"}
    with open(os.environ["REPORT"], "w") as file:
        json.dump(seen, file)

sys.excepthook = hook
atexit.register(finish)
'''


def run(script, names, **settings):
    report = script.with_suffix(f".{abs(hash(frozenset(settings.items())))}.json")
    environment = {**os.environ, "PYTHONPATH": str(script.parent), "REPORT": str(report), "NAMES": names, "SCRIPT": script.name, **settings}
    done = subprocess.run(
        [sys.executable, script.name], cwd=script.parent, env=environment, capture_output=True, text=True, timeout=120
    )
    seen = json.loads(report.read_text()) if report.exists() else {}
    report.unlink(missing_ok=True)
    return {"status": done.returncode, "stdout": done.stdout, **seen}, done.stderr


def compare(before, after, how):
    import re

    names = " ".join(sorted(set(re.findall(r"\b[a-zA-Z_]\w*\b", before.read_text()))))
    points = before.with_suffix(".points")
    points.unlink(missing_ok=True)
    run(before, names, POINTS=str(points))
    keys = list(dict.fromkeys(points.read_text().splitlines()))
    cases = [({}, start) for start in ("fork", "spawn", "forkserver")]
    calls = [key for key in keys if key.startswith("work")]
    for start in ("fork", "spawn", "forkserver"):
        cases += [({"FAULT": key, "KIND": "Odd"}, start) for key in calls[1:2]]
    for kind in ("ValueError", "StopIteration", "SystemExit"):
        cases += [({"FAULT": key, "KIND": kind}, "fork") for key in calls[1:2]]
    cases += [({"FAULT": key, "KIND": "Odd"}, "fork") for key in keys if key not in calls][:3]
    starts = ("fork", "spawn", "forkserver")
    if how == "all":
        kinds = ("Odd", "ValueError", "StopIteration", "SystemExit")
        cases = [({"FAULT": key, "KIND": kind}, start) for key in keys for start in starts for kind in kinds
                 if not (kind in ("StopIteration", "SystemExit") and key.startswith(("next", "make")))]
    if how == "sample":  # another key and start method for each program
        at = sum(map(ord, before.stem))
        cases = [({"FAULT": keys[(at + i * 5) % len(keys)], "KIND": "Odd"}, starts[(at + i) % 3]) for i in range(3)]
    failures = []
    expected = {}
    for fault, start in cases:
        key = tuple(fault.items())
        if key not in expected:
            expected[key] = run(before, names, **fault)[0]
        workers = after.with_suffix(".workers")
        workers.unlink(missing_ok=True)
        extra = {} if fault else {"WORKERS": str(workers)}
        found, errors = run(after, names, START=start, **fault, **extra)
        if found != expected[key]:
            failures.append(f"{before.stem} {start} {fault}:\n  before: {expected[key]}\n  after:  {found}\n{errors[-1500:]}")
        if not fault and not workers.exists():
            failures.append(f"{before.stem} {start}: nothing was called")
    return len(cases), failures


def main():
    folder = Path(sys.argv[1])
    (folder / "library.py").write_text(LIBRARY)
    (folder / "sitecustomize.py").write_text(CUSTOMIZE)
    pairs = [(path, path.with_name(path.name.replace("_before", "_after"))) for path in sorted(folder.glob("*_before.py"))]
    runs, failures = 0, []
    with ThreadPoolExecutor(max_workers=2) as pool:
        how = sys.argv[2] if len(sys.argv) > 2 else ""
        for count, found in pool.map(lambda pair: compare(*pair, how), pairs):
            runs += count
            failures += found[:3]
    print(f"{len(pairs)} pairs, {runs} runs, {len(failures)} differences")
    for failure in failures:
        print(failure)
    sys.exit(1 if failures or not pairs else 0)


if __name__ == "__main__":
    main()
