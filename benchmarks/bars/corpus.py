"""How many of the loops that an engineer would make parallel Braid deals out.

The loops are those of public scripts, labelled in tests/corpus; the scripts lie in $BRAID_CORPUS.
Each script that Braid rewrites is also run beside its rewrite, in a made-up world.
"""

import collections
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "corpus"))
import same  # noqa: E402
import score  # noqa: E402

SHARE = 0.7


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": got, "met": met}), flush=True)


def half_rows(half, figures):
    wanted = figures["parallel loops"]
    share = figures["share"]["itself"] or 0.0
    row(
        f"{half} half: of {wanted} loops that an engineer would make parallel, `parallel` or"
        f" `conditional` with at most {score.MOST_ASSUMPTIONS} assumptions",
        f"at least {SHARE:.0%}",
        f"{share:.0%}",
        share >= SHARE,
    )
    assumed = figures["conditional by assumptions"]
    told = ", ".join(f"{loops} with {number}" for number, loops in assumed.items())
    row(f"{half} half: of them `parallel`", "", str(figures["proven"]), None)
    row(f"{half} half: of them `conditional`, by assumptions", "", told or "none", None)
    refused = figures["refused by first reason"]
    told = ", ".join(f"{code} {loops}" for code, loops in refused.items())
    row(f"{half} half: refused, by first reason", "", told or "none", None)
    wrong = figures["wrongly parallel"]
    row(
        f"{half} half: loops that only look parallel, called `parallel`", "0", str(wrong), not wrong
    )
    needless = str(figures["needlessly parallel"])
    row(f"{half} half: loops that are not worth it, called `parallel`", "", needless, None)


def rows_of_runs(folder, names):
    runs = collections.Counter(
        (mode, outcome)
        for found in same.compare_all(os.environ["BRAID"], folder, sorted(names)).values()
        for (mode, _), outcome, _ in found
    )
    for mode, what in (("proven", "what is proven"), ("accepted", "all that may be accepted")):
        bar = f"runs beside rewrites of {what}"
        row(f"{bar}: the same to the end", "", str(runs[mode, "same"]), None)
        row(f"{bar}: fail the same", "", str(runs[mode, "fails the same"]), None)
        wrong = runs[mode, "different"]
        asked = ("0", str(wrong), not wrong) if mode == "proven" else ("", str(wrong), None)
        row(f"{bar}: different", *asked)
    row("scripts and weathers without an end", "", str(runs["", "not comparable"]), None)


def main():
    folder = os.environ.get("BRAID_CORPUS")
    if not folder:
        why = "BRAID_CORPUS names no folder with the scripts of tests/corpus/labels.jsonl"
        print(json.dumps({"bar": "loops of public scripts", "skipped": why}))
        return
    labels = score.HERE / "labels.jsonl"
    judged, missing, failed = score.score(os.environ["BRAID"], pathlib.Path(folder), labels)
    figures = {half: score.sums(judged[half]) for half in score.HALVES}
    loops = sum(half["loops"] for half in figures.values())
    scripts = sum(half["scripts"] for half in figures.values())
    row("labelled loops", "at least 150", str(loops), loops >= 150)
    row("labelled scripts", "at least 60", str(scripts), scripts >= 60)
    row("labelled scripts that are missing or changed", "", str(len(missing)), None)
    row("labelled scripts that could not be checked", "0", str(len(failed)), not failed)
    for half in score.HALVES:
        half_rows(half, figures[half])
    present, _ = score.scripts_present(score.read_labels(labels), pathlib.Path(folder))
    rows_of_runs(pathlib.Path(folder), present)


if __name__ == "__main__":
    main()
