#!/usr/bin/env python3
"""Runs public scripts beside what Braid makes of them, in a made-up world.

    BRAID_CORPUS=FOLDER tests/corpus/same.py [--json] [NAME…]

The scripts are those of labels.jsonl; NAME… is part of the names of those wanted. Network, other
programs, third-party modules, clock and user are made up (made_up/), the files are in a box.
Each script runs in calm weather, in a storm (some requests fail), in frost (some keys and programs
are missing) and in a flood (some files cannot be opened). What it prints, the
files it leaves, how it ends and what it does to things outside, in order, must be the same.

By default Braid rewrites only what it has proven; a difference there is wrong. With all assumptions
accepted a difference may be what was accepted; it is counted apart. Of the locked half of the
scripts only sums are printed.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import score

MADE_UP = score.HERE / "made_up"
WEATHERS = ("calm", "storm", "frost", "flood")
MODES = {"proven": [], "accepted": ["--assume", "all"]}
MOST_SECONDS = 20
NOBODY = 65534


def rewrites(binary, text):
    """What Braid makes of a script, by mode; modes that change nothing more are left out."""
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "script.py").write_bytes(text)
        for mode, arguments in MODES.items():
            command = [binary, "fix", "script.py", "-o", "out.py", *arguments]
            subprocess.run(command, cwd=folder, capture_output=True, check=True)
            rewritten = pathlib.Path(folder, "out.py").read_bytes()
            if rewritten not in (text, *made.values()):
                made[mode] = rewritten
    return made


def run(text, weather, folder, environment=(), most_seconds=MOST_SECONDS):
    """All that can be seen of one run; None if it does not end."""
    shutil.rmtree(folder, ignore_errors=True)
    box, journal, script = folder / "box", folder / "journal", folder / "script.py"
    box.mkdir(parents=True)
    journal.touch()
    script.write_bytes(text)
    shutil.copytree(MADE_UP, folder / "made_up", ignore=shutil.ignore_patterns("__pycache__"))
    owner, interpreter = {}, sys.executable
    if os.geteuid() == 0:  # the user who may do nothing may not reach root's interpreters
        interpreter = shutil.which("python3", path=os.defpath)
        owner = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        for path in (box, journal):
            os.chown(path, NOBODY, NOBODY)
    world = {
        "PATH": os.defpath,
        "HOME": str(box),
        "PYTHONPATH": str(folder / "made_up"),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "MADE_UP_WEATHER": weather,
        "MADE_UP_BOX": str(box),
        "MADE_UP_JOURNAL": str(journal),
        **dict(environment),
    }
    with subprocess.Popen(
        [interpreter, str(script), "3", "4", "5"],
        cwd=box,
        env=world,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **owner,
    ) as process:
        try:
            output, errors = process.communicate(timeout=most_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its workers, too
            return None
    said = errors.decode("utf-8", "replace").split("\n")
    paths = sorted(path for path in box.rglob("*") if path.is_file())
    return {
        "status": process.returncode,
        "output": output,
        "last words": next((line for line in reversed(said) if line.strip()), ""),
        "files": {str(path.relative_to(box)): path.read_bytes() for path in paths},
        "journal": journal.read_text(encoding="utf-8").splitlines(),
    }


def compare(binary, text):
    """Pairs of what was run (mode, weather) and what came of it, with the kinds of difference."""
    made = rewrites(binary, text)
    if not made:
        return [(("", ""), "unchanged", [])]
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        folder = pathlib.Path(scratch, "run")
        for weather in WEATHERS:
            before = run(text, weather, folder)
            if before is None or run(text, weather, folder) != before:
                found.append((("", weather), "not comparable", []))
                continue
            for mode, rewritten in made.items():
                after = run(rewritten, weather, folder) or {}
                kinds = [kind for kind in before if before[kind] != after.get(kind)]
                same = "fails the same" if before["status"] else "same"
                found.append(((mode, weather), "different" if kinds else same, kinds))
    return found


def compare_all(binary, folder, names):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = [(folder / name).read_bytes() for name in names]
        return dict(zip(names, pool.map(lambda text: compare(binary, text), texts), strict=True))


def places(parser):
    """The binary, the folder of the scripts and the labels."""
    if "BRAID_CORPUS" not in os.environ:
        parser.error("BRAID_CORPUS must name the folder that holds the scripts")
    binary = os.environ.get("BRAID", str(score.ROOT / "build" / "release" / "bin" / "braid"))
    labels = score.read_labels(score.HERE / "labels.jsonl")
    return binary, pathlib.Path(os.environ["BRAID_CORPUS"]), labels


def wanted(labels, folder, parts):
    """The names of the scripts that are there, or of those that have a part in their name."""
    present, _ = score.scripts_present(labels, folder)
    return sorted(name for name in present if not parts or any(part in name for part in parts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the sums as one JSON document")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    binary, folder, labels = places(parser)
    halves = {score.file_name(label): score.half_of(label) for label in labels}
    found = compare_all(binary, folder, wanted(labels, folder, arguments.names))
    sums = collections.Counter()
    for name, runs in found.items():
        for (mode, weather), outcome, kinds in runs:
            sums[f"{mode} {outcome}".strip()] += 1
            if kinds and not arguments.json and halves[name] == "open":
                print(f"{name}: {mode}, {weather}: other {', '.join(kinds)}")
    print(
        json.dumps(sums) if arguments.json else "\n".join(f"{n:5} {key}" for key, n in sums.items())
    )
    return 1 if sums["proven different"] else 0


if __name__ == "__main__":
    sys.exit(main())
