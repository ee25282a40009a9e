"""Every program of the small worlds, executed beside what Braid makes of it; in one process.

BRAID_WORLDS: how many loops; BRAID_WORLDS_MINUTES: after how long to stop. Loops are taken in an
order that spreads over all of them, so what was done until then is a fair part.
"""

import itertools
import json
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "small_world"))
os.environ.setdefault(
    "BRAID_WORLD_DRIVER", str(pathlib.Path(os.environ["BRAID"]).parent / "world_driver")
)
import campaign  # noqa: E402
import grammar  # noqa: E402

FULL = 310_000
LOOPS = int(os.environ.get("BRAID_WORLDS", FULL))
MINUTES = float(os.environ.get("BRAID_WORLDS_MINUTES", "120"))
PARTS = 31  # each holds every 31st loop
HOURS = 2


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": str(got), "met": met}), flush=True)


def shares(counter, total):
    return ", ".join(f"{name} {count / total:.1%}" for name, count in counter.most_common())


def run(began):
    """The tally, and how many parts are in it."""
    enumerated = list(itertools.islice(grammar.enumerate_loops(), LOOPS))
    tally = campaign.Tally()
    for part in range(PARTS):
        if part and (time.monotonic() - began) * (part + 1) / part > MINUTES * 60:
            return tally, part
        composed = (grammar.program(*each) for each in enumerated[part::PARTS])
        for batch in campaign.batches(composed):
            tally.add(campaign.run(batch, keep=1))
        del tally.differences[20:]
        print(
            f"{part + 1} of {PARTS} parts, {tally.rewritten} of {tally.programs} rewritten,"
            f" {tally.different} different, {time.process_time():.0f} s of computing",
            flush=True,
        )
    return tally, PARTS


def main():
    began = time.monotonic()
    tally, parts = run(began)
    hours = (time.monotonic() - began) / 3600
    times = os.times()
    computing = (times.user + times.system + times.children_user + times.children_system) / 3600
    for difference in tally.differences[:5]:
        print(difference)
    whole = parts == PARTS and LOOPS >= 200_000
    if not whole:
        told = f"only {tally.programs} of {FULL} loops, within {MINUTES:.0f} minutes"
        row("A PART of the worlds was run, spread over the whole", "all", told, False)
    least = min(tally.contexts.values())
    row(
        "loops distinct up to renaming",
        "at least 200000",
        tally.programs,
        tally.programs >= 200_000,
    )
    row("of them rewritten", "at least 60000", tally.rewritten, tally.rewritten >= 60_000)
    row("contexts; loops in the rarest", "8; 20000", f"{len(tally.contexts)}; {least}",
        len(tally.contexts) >= 8 and least >= 20_000)  # fmt: skip
    row("programs that differ from their original", "0", tally.different, tally.different == 0)
    row("programs that end Braid", "0", len(tally.crashes), not tally.crashes)
    row("faults injected; executions", "", f"{tally.faults}; {tally.executions}", None)
    row("programs without an end, not compared", "", tally.endless, None)
    row("hours in one process", f"at most {HOURS}", f"{hours:.2f}", hours <= HOURS)
    row("of them hours of computing", "", f"{computing:.2f}", None)
    row("verdicts of the first loop", "", shares(tally.verdicts, tally.programs), None)
    row("rewritten, by kind of deal", "", shares(tally.deals, tally.rewritten), None)
    row("rewritten, by context", "", shares(tally.contexts_rewritten, tally.rewritten), None)
    row("reasons of refusals", "", shares(tally.reasons, tally.programs), None)


if __name__ == "__main__":
    main()
