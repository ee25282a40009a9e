"""What the parts of benchmarks/bars/runtime.py share: rows, and what processes hold.

BRAID_BARS_PART (1): which part of the rounds and counts is taken; a row says how many it was.
"""

import json
import os

from test_phases import shared_memory

PART = float(os.environ.get("BRAID_BARS_PART", "1"))


def rounds(full):
    """How many of so many rounds are taken."""
    return max(1, round(full * PART))


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": str(got), "met": met}), flush=True)


def at_most(bar, limit, found, text="{:.3g}"):
    row(bar, "at most " + text.format(limit), text.format(found), found <= limit)


def at_least(bar, limit, found, text="{:.3g}"):
    row(bar, "at least " + text.format(limit), text.format(found), found >= limit)


def skipped(bar, why):
    print(json.dumps({"bar": bar, "skipped": why}), flush=True)


def children_of(pid):
    """All processes below one, with its own."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def memory_of(pids):
    """Bytes that they hold alone, and all shared memory of the machine: what lies in an anonymous
    file is nobody's until it is touched."""
    total = shared_memory()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                for line in file:
                    if line.startswith("Pss_Anon:"):
                        total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total
