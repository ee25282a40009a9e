"""Every program of the small worlds, executed beside what Braid makes of it."""

import json
import multiprocessing
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

LOOPS = int(os.environ.get("BRAID_WORLDS", "290000"))
PARTS = 16
HOURS = 2


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": str(got), "met": met}), flush=True)


def run(part):
    tally = campaign.Tally()
    for batch in campaign.batches(grammar.programs(LOOPS, part, PARTS)):
        tally.add(campaign.run(batch, keep=1))
    del tally.differences[20:]
    return tally


def shares(counter, total):
    return ", ".join(f"{name} {count / total:.1%}" for name, count in counter.most_common())


def main():
    began = time.monotonic()
    tally = campaign.Tally()
    with multiprocessing.Pool(len(os.sched_getaffinity(0))) as pool:
        for done, part in enumerate(pool.imap_unordered(run, range(PARTS)), 1):
            tally.add(part)
            if done % 4 == 0:
                print(f"{done} of {PARTS} parts, {tally.different} different", flush=True)
    hours = (time.monotonic() - began) / 3600
    for difference in tally.differences[:5]:
        print(difference)
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
    row("hours", f"at most {HOURS}", f"{hours:.2f}", hours <= HOURS)
    row("verdicts of the first loop", "", shares(tally.verdicts, tally.programs), None)
    row("rewritten, by kind of deal", "", shares(tally.deals, tally.rewritten), None)
    row("rewritten, by context", "", shares(tally.contexts_rewritten, tally.rewritten), None)
    row("reasons of refusals", "", shares(tally.reasons, tally.programs), None)


if __name__ == "__main__":
    main()
