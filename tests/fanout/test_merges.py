"""Merges and workflow files from end to end."""

import random
import re

import pytest
from asking import ask, errors_of, stats, text_of
from model_server import Reply, Server


def write(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return name


def test_a_vote_stops_early_and_says_how_many_draws_it_saved(tmp_path):
    with Server(lambda call: Reply("yes")) as server:
        done = ask(
            server,
            "--prompt",
            "Is it?",
            "--repeat",
            "15",
            "--choices",
            "yes,no",
        )
        assert (done.returncode, text_of(done), server.posts) == (0, "yes", 8)
    assert "draws saved 7" in errors_of(done)


@pytest.mark.parametrize("seed", range(5))
def test_a_vote_is_the_same_whatever_the_latencies(tmp_path, seed):
    ballots = ["yes", "no", "no", "yes", "yes", "maybe", "no", "yes", "no", "yes", "yes"]
    chance = random.Random(seed)

    def answer(call):
        return Reply(ballots[int(call.body["seed"])], delay=chance.random() * 0.05)

    with Server(answer) as server:
        done = ask(
            server,
            "--prompt",
            "Is it?",
            "--repeat",
            "11",
            "--choices",
            "yes,no",
            "--seed",
            "0",
            "--stats",
            "s.json",
            cwd=tmp_path,
        )
    assert (done.returncode, text_of(done)) == (0, "yes")
    votes = stats(tmp_path / "s.json")["merges"]["result"]["details"]
    assert votes == {
        "votes": {"yes": 6, "no": 4},
        "margin": 2,
        "abstained": 1,
        "saved": 0,
        "tie": False,
        "winner": "yes",
    }


def test_a_quorum_and_a_margin(tmp_path):
    with Server(lambda call: Reply("maybe")) as server:
        done = ask(server, "--prompt", "x", "--repeat", "4", "--choices", "yes,no", "--quorum", "3")
        assert done.returncode == 1
        assert "quorum" in errors_of(done)
        assert "is no vote for yes or no: maybe" in errors_of(done)
        assert (
            ask(
                server, "--prompt", "x", "--repeat", "4", "--choices", "yes,no", "--quorum", "5"
            ).returncode
            == 2
        )


def test_the_best_of_five(tmp_path):
    write(tmp_path, "criteria.txt", "Short and clear.")

    def answer(call):
        if "Score this answer" in call.prompt:
            return Reply("8" if "candidate 3" in call.prompt else "4 of 10")
        return Reply(f"candidate {call.body['seed']}")

    with Server(answer) as server:
        done = ask(
            server,
            "--prompt",
            "A tagline.",
            "--repeat",
            "5",
            "--seed",
            "0",
            "--criteria",
            "criteria.txt",
            "--judge-model",
            "judge",
            "--model",
            "author",
            cwd=tmp_path,
        )
    assert (done.returncode, text_of(done)) == (0, "candidate 3"), errors_of(done)
    assert server.posts == 10
    assert "warning" not in errors_of(done)
    assert {call.body["model"] for call in server.calls} == {"judge", "author"}


def test_a_judge_that_prefers_a_position_is_found_out(tmp_path):
    write(tmp_path, "criteria.txt", "Which is better?")

    def answer(call):
        return Reply("A" if "<answer" in call.prompt else f"text {call.number}")

    with Server(answer) as server:
        done = ask(
            server,
            "--prompt",
            "x",
            "--repeat",
            "3",
            "--criteria",
            "criteria.txt",
            "--pairs",
            "--stats",
            "s.json",
            cwd=tmp_path,
        )
    assert done.returncode == 1
    assert server.posts == 3 + 6
    merge = stats(tmp_path / "s.json")["merges"]["result"]
    assert merge["details"]["flip_rate"] == 1
    assert "a tie: answer draw 0 and answer draw 1 and answer draw 2 have" in merge["failure"]
    assert "warning: the judge" in errors_of(done)


def test_200_marked_parts_all_reach_the_first_round_of_a_synthesis(tmp_path):
    write(tmp_path, "in.txt", "".join(f"mark{i:03} {'x' * 100}\n" for i in range(200)))
    write(
        tmp_path,
        "w.toml",
        """
braid = 1
model.default = { context = 2000, max_tokens = 100 }
input.lines = { file = "in.txt", split = "lines" }
part.each = { each = "lines", prompt = "SAY {chunk}" }
merge.all = { synthesise = "each", prompt = "JOIN {parts}" }
""",
    )

    def answer(call):
        if call.prompt.startswith("SAY"):
            return Reply(call.prompt[4:])
        return Reply("joined " + "".join(sorted(set(re.findall(r"mark\\d{3}", call.prompt)))[:3]))

    with Server(answer) as server:
        done = ask(server, "w.toml", "--parts", "p.jsonl", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    joins = [call.prompt for call in server.calls if call.prompt.startswith("JOIN")]
    assert len(joins) > 2
    seen = [mark for prompt in joins for mark in re.findall(r"mark\d{3}", prompt)]
    assert sorted(set(seen)) == [f"mark{i:03}" for i in range(200)]
    assert len(seen) == 200  # the first round only; what follows holds no marks


def test_a_synthesis_that_does_not_shrink_stops(tmp_path):
    write(tmp_path, "in.txt", "".join(f"line {i} {'y' * 400}\n" for i in range(20)))
    write(
        tmp_path,
        "w.toml",
        """
braid = 1
model.default = { context = 1000, max_tokens = 100 }
input.lines = { file = "in.txt", split = "lines" }
part.each = { each = "lines", prompt = "{chunk}" }
merge.all = { synthesise = "each", prompt = "JOIN {parts}" }
""",
    )
    with Server(lambda call: Reply("z" * 3000 if "JOIN" in call.prompt else call.prompt)) as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert done.returncode == 1
    assert "shorter" in errors_of(done) or "fit" in errors_of(done)


def test_a_python_merge(tmp_path):
    write(
        tmp_path,
        "m.py",
        "def longest(texts):\n    print('noise')\n    return max(texts, key=len)\n",
    )
    with Server(lambda call: Reply(call.prompt * 2)) as server:
        done = ask(
            server,
            "--part",
            "a=xx",
            "--part",
            "b=yyyy",
            "--merge",
            "python:m.py:longest",
            cwd=tmp_path,
        )
    assert (done.returncode, text_of(done)) == (0, "yyyyyyyy"), errors_of(done)


def test_a_python_merge_that_fails(tmp_path):
    write(tmp_path, "m.py", "def broken(texts):\n    raise ValueError('no')\n")
    with Server() as server:
        done = ask(
            server,
            "--part",
            "a=xx",
            "--part",
            "b=yy",
            "--merge",
            "python:m.py:broken",
            cwd=tmp_path,
        )
    assert done.returncode == 1
    assert "ValueError" in errors_of(done)
