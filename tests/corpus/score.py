#!/usr/bin/env python3
"""Compares what `braid check` says of public scripts with what an engineer says.

    BRAID_CORPUS=FOLDER tests/corpus/score.py [--json]

labels.jsonl holds an answer for each labelled loop, and where its script is to be had; README.md
says what the answers mean. The scripts themselves lie in $BRAID_CORPUS, one file each, named
OWNER__REPOSITORY__PATH with `__` for every `/`. A file whose SHA-256 is not the label's counts as
missing.

Half of the scripts, by a hash of their names, are open: each of their loops is printed. The others
are locked: of them only sums are printed, so that nobody tunes for them. With --json the sums of
both halves are one JSON document, for other programs.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HALVES = ("open", "locked")
ANSWERS = ("parallel", "conditional", "sequential", "cheap")
MOST_ASSUMPTIONS = 3
DEALT = ("parallel", "conditional")


def half_of(label):
    """All loops of one script are in the same half."""
    name = f"{label['repository']}/{label['path']}"
    return HALVES[hashlib.sha256(name.encode()).digest()[-1] % 2]


def file_name(label):
    return f"{label['repository']}/{label['path']}".replace("/", "__")


def read_labels(path):
    labels = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    wrong = [label for label in labels if label["label"] not in ANSWERS]
    if wrong:
        raise ValueError(f"not an answer: {wrong[0]}")
    return labels


def scripts_present(labels, folder):
    """File names of the scripts that are there as they were labelled, and of the others."""
    present, missing = set(), set()
    for name, sha256 in {(file_name(label), label["sha256"]) for label in labels}:
        path = folder / name
        same = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        (present if same else missing).add(name)
    return present, missing


def check(binary, folder, names):
    """All sites of these scripts, by file name, and the files that could not be checked.

    Each script is checked in a folder of its own, so that no other one passes for a module of its.
    """
    sites, failed = {}, set()
    with tempfile.TemporaryDirectory() as scratch:
        for name in sorted(names):
            copy = pathlib.Path(scratch, hashlib.sha256(name.encode()).hexdigest()[:16])
            copy.mkdir()
            script = copy / "script.py"
            script.write_bytes((folder / name).read_bytes())
            answer = subprocess.run(
                [binary, "check", "--format", "json", "script.py"],
                cwd=copy,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            if answer.returncode != 0:
                failed.add(name)
                continue
            sites[name] = json.loads(answer.stdout)["sites"]
    return sites, failed


def is_dealt(site):
    return site["verdict"] in DEALT and len(site["assumptions"]) <= MOST_ASSUMPTIONS


def judge(label, sites):
    """What Braid says of one labelled loop: its site, or where else its work is dealt out."""
    here = [site for site in sites if site["line"] == label["line"]]
    site = min(here, key=lambda site: site["column"]) if here else None
    verdict = site["verdict"] if site else "unlisted"
    assumptions = len(site["assumptions"]) if site else 0
    around = any(
        is_dealt(other) and other["line"] < label["line"] <= other["end_line"] for other in sites
    )
    inside = site is not None and any(
        is_dealt(other) and site["line"] < other["line"] <= site["end_line"] for other in sites
    )
    if site and is_dealt(site):
        reach = "itself"
    elif around:
        reach = "around"
    elif inside:
        reach = "inside"
    else:
        reach = "refused"
    reason = site["reasons"][0] if site and site["reasons"] else None
    return {
        "verdict": verdict,
        "assumptions": assumptions,
        "assumed": [assumption["text"] for assumption in site["assumptions"]] if site else [],
        "reach": reach,
        "code": reason["code"] if reason else verdict,
        "message": reason["message"] if reason else "",
    }


def is_wrong(label, judgement, disputed=False):
    """Whether a loop that only looks parallel is dealt out without a question."""
    parallel = label["label"] == "sequential" and judgement["verdict"] == "parallel"
    return parallel and ("disputed" in label) == disputed


def sums(judged):
    """The figures of one half, from pairs of a label and its judgement."""
    by_label = {answer: collections.Counter() for answer in ANSWERS}
    reach, refused, by_assumptions = (collections.Counter() for _ in range(3))
    for label, judgement in judged:
        verdict = judgement["verdict"]
        by_label[label["label"]][verdict] += 1
        if label["label"] != "parallel":
            continue
        reach[judgement["reach"]] += 1
        if judgement["reach"] == "itself" and verdict == "conditional":
            by_assumptions[str(judgement["assumptions"])] += 1
        if judgement["reach"] == "refused":
            refused[judgement["code"]] += 1
    wanted = sum(reach.values())
    share = {
        "itself": reach["itself"] / wanted if wanted else None,
        "with nests": 1 - reach["refused"] / wanted if wanted else None,
    }
    return {
        "scripts": len({file_name(label) for label, _ in judged}),
        "loops": len(judged),
        "verdicts": {answer: dict(counts.most_common()) for answer, counts in by_label.items()},
        "parallel loops": wanted,
        "proven": sum(
            label["label"] == "parallel" and judgement["verdict"] == "parallel"
            for label, judgement in judged
        ),
        "conditional by assumptions": dict(sorted(by_assumptions.items())),
        "reached": dict(reach),
        "share": share,
        "refused by first reason": dict(refused.most_common()),
        "wrongly parallel": sum(is_wrong(*pair) for pair in judged),
        "disputed": sum(is_wrong(*pair, disputed=True) for pair in judged),
        "needlessly parallel": by_label["cheap"]["parallel"],
    }


def percent(share):
    return "-" if share is None else f"{100 * share:.0f} %"


def print_sums(half, figures):
    print(f"\n{half}: {figures['loops']} loops of {figures['scripts']} scripts")
    for answer, counts in figures["verdicts"].items():
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        print(f"  labelled {answer:12}{sum(counts.values()):4}: {told}")
    reached = figures["reached"]
    print(
        f"  dealt out of {figures['parallel loops']} parallel ones: {reached.get('itself', 0)}"
        f" ({percent(figures['share']['itself'])}), {figures['proven']} of them proven;"
        f" also {reached.get('around', 0)} by a loop around and {reached.get('inside', 0)} by one"
        f" inside ({percent(figures['share']['with nests'])})"
    )
    assumed = figures["conditional by assumptions"]
    told = ", ".join(f"{loops} with {number}" for number, loops in assumed.items())
    print(f"  assumptions: {told or 'none'}")
    refused = figures["refused by first reason"]
    told = ", ".join(f"{code} {loops}" for code, loops in refused.items())
    print(f"  refused by first reason: {told or 'none'}")
    print(
        f"  sequential ones called parallel: {figures['wrongly parallel']} wrong,"
        f" {figures['disputed']} disputed"
    )
    print(f"  cheap ones called parallel (may get slower): {figures['needlessly parallel']}")


def print_loops(judged):
    for label, judgement in judged:
        mark = " "
        if label["label"] == "parallel" and judgement["reach"] == "refused":
            mark = "-"
        elif is_wrong(label, judgement):
            mark = "!"
        assumed = f" with {judgement['assumptions']}" if judgement["assumptions"] else ""
        print(
            f"{mark} {file_name(label)}:{label['line']}: {label['label']}; Braid: "
            f"{judgement['verdict']}{assumed} {judgement['message']}".rstrip()
        )


def score(binary, folder, labels_path):
    labels = read_labels(labels_path)
    present, missing = scripts_present(labels, folder)
    sites, failed = check(binary, folder, present)
    judged = {half: [] for half in HALVES}
    for label in labels:
        if file_name(label) in sites:
            judged[half_of(label)].append((label, judge(label, sites[file_name(label)])))
    return judged, missing, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the sums as one JSON document")
    arguments = parser.parse_args()
    folder = os.environ.get("BRAID_CORPUS")
    if not folder:
        parser.error("BRAID_CORPUS must name the folder that holds the scripts")
    binary = os.environ.get("BRAID", str(ROOT / "build" / "release" / "bin" / "braid"))
    judged, missing, failed = score(binary, pathlib.Path(folder), HERE / "labels.jsonl")
    figures = {half: sums(judged[half]) for half in HALVES}
    if arguments.json:
        document = {"missing": len(missing), "failed": len(failed), **figures}
        print(json.dumps(document, ensure_ascii=False))
    else:
        print_loops(judged["open"])
        for half in HALVES:
            print_sums(half, figures[half])
        print(f"\n{len(missing)} scripts missing or changed; {len(failed)} could not be checked")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
