"""The scorer: with answers made up for it, and once with the binary itself."""

import hashlib
import json
import os
import pathlib

import fetch
import pytest
import score

BRAID = os.environ.get("BRAID", str(score.ROOT / "build" / "release" / "bin" / "braid"))
SCRIPT = """\
import requests

for page in range(1, 33):
    answer = requests.get(f"http://127.0.0.1/{page}", timeout=9)
    print(page, answer.status_code)

page = "http://127.0.0.1/"
while page:
    page = requests.get(page, timeout=9).json()["next"]

total = 0
for number in range(10):
    total = total * 31 + number
"""


def label(line, answer, path="made_up.py", text=SCRIPT):
    return {
        "repository": "nobody/nothing",
        "path": path,
        "commit": "0" * 40,
        "line": line,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "label": answer,
        "reason": "made up",
    }


def site(line, verdict, end_line=None, column=1, assumptions=0, reasons=()):
    return {
        "line": line,
        "column": column,
        "end_line": end_line or line,
        "verdict": verdict,
        "assumptions": [{"text": "made up"}] * assumptions,
        "reasons": [{"code": code, "message": "made up"} for code in reasons],
    }


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / score.file_name(label(1, "cheap"))).write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def judged(pairs):
    return score.sums([(one, score.judge(one, sites)) for one, sites in pairs])


def test_a_loop_is_reached_itself_or_by_one_around_or_inside():
    nest = [site(3, "sequential", end_line=9, reasons=["BR203"]), site(5, "parallel", end_line=8)]
    assert score.judge(label(3, "parallel"), nest)["reach"] == "inside"
    assert score.judge(label(5, "parallel"), nest)["reach"] == "itself"
    assert score.judge(label(7, "parallel"), nest)["reach"] == "around"
    assert score.judge(label(9, "parallel"), nest)["reach"] == "refused"


def test_the_leftmost_site_of_a_line_is_the_labelled_one():
    both = [site(3, "cheap", column=12), site(3, "parallel", column=5)]
    assert score.judge(label(3, "parallel"), both)["verdict"] == "parallel"


def test_four_assumptions_are_too_many():
    three = score.judge(label(3, "parallel"), [site(3, "conditional", assumptions=3)])
    four = score.judge(label(3, "parallel"), [site(3, "conditional", assumptions=4)])
    assert (three["reach"], four["reach"]) == ("itself", "refused")


def test_sums():
    figures = judged(
        [
            (label(1, "parallel"), [site(1, "parallel")]),
            (label(1, "parallel"), [site(1, "conditional", assumptions=2)]),
            (label(1, "parallel"), [site(1, "sequential", reasons=["BR203", "BR201"])]),
            (label(1, "parallel"), []),
            (label(1, "sequential"), [site(1, "parallel")]),
            (label(1, "sequential"), [site(1, "sequential", reasons=["BR201"])]),
            (label(1, "cheap"), []),
            (label(1, "cheap"), [site(1, "parallel")]),
        ]
    )
    assert figures["loops"] == 8
    assert figures["parallel loops"] == 4
    assert figures["proven"] == 1
    assert figures["conditional by assumptions"] == {"2": 1}
    assert figures["share"] == {"itself": 0.5, "with nests": 0.5}
    assert figures["refused by first reason"] == {"BR203": 1, "unlisted": 1}
    assert figures["wrongly parallel"] == 1
    assert figures["needlessly parallel"] == 1
    assert figures["verdicts"]["cheap"] == {"unlisted": 1, "parallel": 1}


def test_a_disputed_label_counts_apart():
    disputed = {**label(1, "sequential"), "disputed": "made up"}
    figures = judged([(disputed, [site(1, "parallel")]), (disputed, [site(1, "sequential")])])
    assert (figures["wrongly parallel"], figures["disputed"]) == (0, 1)


def test_a_script_that_is_absent_or_changed_is_missing(corpus):
    labels = [label(3, "parallel"), label(3, "parallel", path="absent.py")]
    present, missing = score.scripts_present(labels, corpus)
    assert (present, missing) == ({"nobody__nothing__made_up.py"}, {"nobody__nothing__absent.py"})
    (corpus / "nobody__nothing__made_up.py").write_text("pass\n", encoding="utf-8")
    assert score.scripts_present(labels, corpus)[0] == set()


def test_what_is_missing_is_fetched_if_it_is_the_labelled_text(tmp_path):
    labels = [label(3, "parallel", path="a b.py"), label(3, "parallel", path="other.py")]
    published, folder = tmp_path / "published", tmp_path / "folder"
    place = published / labels[0]["repository"] / labels[0]["commit"]
    place.mkdir(parents=True)
    folder.mkdir()
    (place / "a b.py").write_text(SCRIPT, encoding="utf-8")
    (place / "other.py").write_text("pass\n", encoding="utf-8")
    left = fetch.fetch(
        [*labels, label(3, "cheap", path="gone.py")], folder, f"{published.as_uri()}/"
    )
    assert set(left) == {"nobody__nothing__other.py", "nobody__nothing__gone.py"}
    assert [path.name for path in folder.iterdir()] == ["nobody__nothing__a b.py"]
    assert fetch.fetch(labels[:1], folder, "file:///nowhere/") == {}


def test_the_labels_are_whole():
    labels = score.read_labels(score.HERE / "labels.jsonl")
    places = [(one["repository"], one["path"], one["line"]) for one in labels]
    assert len(places) == len(set(places))
    assert places == sorted(places, key=lambda place: (place[0].lower(), *place[1:]))
    for one in labels:
        keys = ["repository", "path", "commit", "line", "sha256", "label", "reason"]
        assert list(one) in (keys, [*keys, "disputed"])
        assert len(one["commit"]) == 40 and len(one["sha256"]) == 64
        assert one["line"] > 0 and one["reason"]
    halves = {half: [one for one in labels if score.half_of(one) == half] for half in score.HALVES}
    assert all(len(half) > len(labels) / 3 for half in halves.values())


def test_with_the_binary(corpus, tmp_path_factory):
    answers = {3: "parallel", 8: "sequential", 12: "cheap"}
    labels = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    rows = [json.dumps(label(line, answer)) for line, answer in answers.items()]
    labels.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found, missing, failed = score.score(BRAID, pathlib.Path(corpus), labels)
    assert (missing, failed) == (set(), set())
    half = score.half_of(label(3, "parallel"))
    verdicts = {one["line"]: judgement["verdict"] for one, judgement in found[half]}
    assert verdicts[3] == "parallel"
    assert verdicts[8] in ("sequential", "unknown")
    assert verdicts[12] in ("sequential", "unlisted")
