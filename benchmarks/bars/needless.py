"""How many loops of the small worlds are refused without need, by the reason that is given."""

import collections
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "small_world"))
os.environ.setdefault(
    "BRAID_WORLD_DRIVER", str(pathlib.Path(os.environ["BRAID"]).parent / "world_driver")
)
import brute_force  # noqa: E402
import campaign  # noqa: E402
import grammar  # noqa: E402

# Reasons that no small world can judge: the outside (a server that changes, pools that refuse at
# the end), what the user may accept, what is not worth it, and kinds of loops of later versions.
OUTSIDE = ("BR208", "BR3", "BR405", "BR5", "BR6")
LOOPS = int(os.environ.get("BRAID_WORLDS", "290000"))
STEP = int(os.environ.get("BRAID_STEP", "14"))


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": str(got), "met": met}), flush=True)


def reason_of(site):
    return " ".join(site["codes"]) or site["verdict"].partition(":")[0]


def main():
    refused = 0
    judged = collections.Counter()
    needless = collections.Counter()
    examples = {}
    for batch in campaign.batches(grammar.programs(LOOPS, 0, STEP)):
        for program, answer in zip(batch, campaign.ask(batch)):
            sites = campaign.sites_of(program, answer)
            if answer["text"] is not None or not sites:
                continue
            refused += 1
            reason = reason_of(sites[0])
            if any(code.startswith(OUTSIDE) for code in reason.split()):
                continue
            ours = sorted(grammar.words_of(program.text))
            verdict = brute_force.needlessly_refused(program, ours)
            if verdict is None:
                continue
            judged[reason] += 1
            if verdict:
                needless[reason] += 1
                examples.setdefault(reason, program)
    total, without = sum(judged.values()), sum(needless.values())
    row("refused loops; of them judged by brute force", "", f"{refused}; {total}", None)
    row("of them refused without need", "falls", f"{without / max(1, total):.1%}", None)
    for reason, count in needless.most_common(12):
        row(f"without need, with the reason {reason}", "", f"{count} of {judged[reason]}", None)
        print(f"for example ({examples[reason].context})\n{examples[reason].loop}", flush=True)


if __name__ == "__main__":
    main()
