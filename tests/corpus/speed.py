#!/usr/bin/env python3
"""How much faster is what Braid makes of public scripts, in the made-up world of same.py?

    BRAID_CORPUS=FOLDER tests/corpus/speed.py [--json] [NAME…]

Every call that waits for something outside takes WAIT seconds, all else next to nothing; things
have ITEMS items, and pauses of the scripts are as short as in same.py. Of each script the times of
a run before and after are compared; of the locked half only sums are printed. A figure below 1 is a
script that got slower.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

import same
import score

WAIT, ITEMS = 0.05, 16
WORLD = {"MADE_UP_WAIT": str(WAIT), "MADE_UP_ITEMS": str(ITEMS)}
MOST_SECONDS = 25
AT_ONCE = 4  # runs wait most of their time
SLOWER = 0.9


def seconds(text, folder):
    """Of one run to its end; None if there is none."""
    began = time.monotonic()
    seen = same.run(text, "calm", folder, WORLD, MOST_SECONDS)
    took = time.monotonic() - began
    return took if seen and seen["status"] == 0 else None


def speeds(binary, text):
    """Times before by times after, by mode."""
    found = {}
    made = same.rewrites(binary, text)
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        folder = pathlib.Path(scratch, "run")
        before = seconds(text, folder) if made else None
        for mode, rewritten in made.items() if before else ():
            after = seconds(rewritten, folder)
            if after:
                found[mode] = before / after
    return found


def sums(found):
    """Figures of one mode, from the factors of its scripts."""
    if not found:
        return {"scripts": 0}
    return {
        "scripts": len(found),
        "median": round(statistics.median(found), 2),
        "twice as fast": sum(factor >= 2 for factor in found),
        "slower": sum(factor < SLOWER for factor in found),
    }


def measure(binary, folder, names):
    texts = [(folder / name).read_bytes() for name in names]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(names, pool.map(lambda text: speeds(binary, text), texts), strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the sums as one JSON document")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    binary, folder, labels = same.places(parser)
    halves = {score.file_name(label): score.half_of(label) for label in labels}
    found = measure(binary, folder, same.wanted(labels, folder, arguments.names))
    figures = {
        mode: sums([factors[mode] for factors in found.values() if mode in factors])
        for mode in same.MODES
    }
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, factors in found.items():
        if factors and halves[name] == "open":
            told = ", ".join(f"{mode} {factor:.2f}" for mode, factor in factors.items())
            print(f"{name}: {told}")
    for mode, figure in figures.items():
        print(f"{mode}: {', '.join(f'{key} {value}' for key, value in figure.items())}")


if __name__ == "__main__":
    sys.exit(main())
