"""Merges and workflow files from end to end."""

import json
import random
import re

import pytest
from asking import ask, errors_of, rows, stats, text_of
from model_server import Reply, Server, error


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
    assert "a tie" in merge["failure"]
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


def tags(call, dropped=()):
    records = [json.loads(line) for line in call.prompt.splitlines() if line.startswith("{")]
    return json.dumps(
        [{"id": each["id"], "tag": "t"} for each in records if each["id"] not in dropped]
    )


def covered(tmp_path, count=100):
    write(tmp_path, "in.jsonl", "".join(json.dumps({"id": i}) + "\n" for i in range(count)))
    return [
        "--prompt",
        "Tag:\n{chunk}",
        "--each",
        "in.jsonl",
        "--batch",
        "10",
        "--covers",
        "/id",
        "--merge",
        "jsonl",
    ]


def test_a_dropped_record_is_named_and_asked_for_again(tmp_path):
    def answer(call):
        again = len(call.body["messages"]) > 1
        text = call.body["messages"][0]["content"]
        call.body["messages"][-1] = call.body["messages"][-1] if again else {"content": text}
        records = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        rows_ = [{"id": each["id"], "tag": "t"} for each in records if again or each["id"] != 73]
        return Reply(json.dumps(rows_))

    with Server(answer) as server:
        done = ask(server, *covered(tmp_path), "--stats", "s.json", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert server.posts == 11
    asked = [call for call in server.calls if len(call.body["messages"]) > 1]
    assert len(asked) == 1
    assert "missing: 73" in asked[0].body["messages"][-1]["content"]
    assert stats(tmp_path / "s.json")["reasked"] == 1
    assert stats(tmp_path / "s.json")["tokens"] == server.tokens


def test_in_the_end_only_the_missing_records_go_out(tmp_path):
    def answer(call):
        text = call.body["messages"][0]["content"]
        records = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        lazy = len(records) > 3
        return Reply(
            json.dumps(
                {"tags": [{"id": e["id"]} for e in records if not lazy or e["id"] not in (3, 5)]}
            )
        )

    with Server(answer) as server:
        done = ask(server, *covered(tmp_path, 10), cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert server.posts == 4  # one, two re-asks, and the two that were missing
    last = server.calls[-1].body["messages"][0]["content"]
    assert last == 'Tag:\n{"id": 3}\n{"id": 5}'
    (row,) = text_of(done).splitlines()
    assert [each["id"] for each in json.loads(json.loads(row))["tags"]] == list(range(10))


def test_missing_and_doubled_ids_in_the_input_are_refused(tmp_path):
    words = covered(tmp_path)
    with Server() as server:
        write(tmp_path, "in.jsonl", '{"id": 1}\n{"id": 1}\n')
        assert ask(server, *words, cwd=tmp_path).returncode == 2
        write(tmp_path, "in.jsonl", '{"id": 1}\n{"name": 1}\n')
        done = ask(server, *words, cwd=tmp_path)
        assert done.returncode == 2
        assert "line 2" in errors_of(done)
    assert server.posts == 0


def test_a_server_that_ignores_the_schema_is_asked_again_and_then_named(tmp_path):
    write(
        tmp_path,
        "s.json",
        '{"type": "object", "required": ["tag"], "properties": {"tag": {"enum": ["a", "b"]}}}',
    )

    def answer(call):
        turns = len(call.body["messages"])
        return Reply(
            {1: "no JSON at all", 3: '{"tag": "c"}'}.get(turns, '```json\n{"tag": "a"}\n```')
        )

    with Server(answer) as server:
        done = ask(server, "x", "--schema", "s.json", cwd=tmp_path)
        assert done.returncode == 0, errors_of(done)
        assert server.posts == 3
    with Server(lambda call: Reply('{"tag": "c"}')) as server:
        done = ask(server, "x", "--schema", "s.json", cwd=tmp_path)
        assert (done.returncode, server.posts) == (1, 3)
    assert "/tag" in errors_of(done)


def test_an_unknown_schema_keyword_is_refused(tmp_path):
    write(tmp_path, "s.json", '{"type": "object", "propertys": {}}')
    with Server() as server:
        done = ask(server, "x", "--schema", "s.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean properties?" in errors_of(done)
    assert server.posts == 0


RECIPE = """
braid = 1
result = "page"
[model.default]
name = "gpt-4o-mini"
max_tokens = 200
[input]
recipe = { file = "recipe.txt" }
[part]
nutrition  = "{recipe}\\n\\nIs this dish balanced? Two sentences."
cost       = "{recipe}\\n\\nWhat does it cost, and what is dearest?"
difficulty = "@prompts/difficulty.txt"
[merge]
beginner = { vote = "ballot", choices = ["yes", "no"], quorum = 3, ties = "none" }
page = { stitch = ["editor", "beginner"], join = "\\n\\n" }
[part.ballot]
prompt = "{recipe}\\n\\nCan a beginner cook it alone? YES or NO."
repeat = 5
temperature = 1.0
max_tokens = 3
[merge.editor]
synthesise = ["nutrition", "cost", "difficulty"]
prompt = "{recipe}\\n\\n{parts}\\n\\nBlend these into four sentences and contradict nobody."
missing = { quorum = 2 }
"""


def recipe(tmp_path):
    (tmp_path / "prompts").mkdir()
    write(tmp_path, "recipe.txt", "Eggs. Flour.")
    write(tmp_path, "prompts/difficulty.txt", "{recipe}\n\nHow hard is it?")
    write(tmp_path, "w.toml", RECIPE)


def test_the_recipe(tmp_path):
    recipe(tmp_path)

    def answer(call):
        return Reply(
            "Yes."
            if "beginner" in call.prompt and "Blend" not in call.prompt
            else "blended"
            if "Blend" in call.prompt
            else "said"
        )

    with Server(answer) as server:
        done = ask(server, "w.toml", "--report", "r.html", "--parts", "p.jsonl", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "blended\n\nyes"), errors_of(done)
    assert server.posts == 3 + 3 + 1  # a vote of five needs three
    page = (tmp_path / "r.html").read_text()
    assert "blended" in page
    assert 'name="viewport"' in page
    assert [row["part"] for row in rows(tmp_path / "p.jsonl")] == [
        "nutrition",
        "cost",
        "difficulty",
        *["ballot"] * 5,
        "editor",
    ]


def test_the_recipes_plan_and_graph(tmp_path):
    recipe(tmp_path)
    with Server() as server:
        dry = ask(server, "w.toml", "--dry-run", cwd=tmp_path)
        drawn = ask(server, "w.toml", "--graph", "svg", cwd=tmp_path)
    assert server.posts == 0
    assert "calls: 9 at most" in text_of(dry)
    assert text_of(drawn).startswith("<svg") and "nutrition" in text_of(drawn)


WRONG = {
    "an unknown key": (
        "w.toml:5",
        RECIPE.replace("result", "results", 1).replace("\n[model", "\n\n[model"),
    ),
    "an unknown name": ("recipe?", RECIPE.replace("{recipe}\\n\\nIs", "{recip}\\n\\nIs")),
    "a version": ("version", RECIPE.replace("braid = 1", "braid = 2")),
    "a name used twice": (
        "twice",
        RECIPE.replace("beginner = {", "cost = {").replace('"beginner"]', '"cost"]'),
    ),
    "a reserved name": (
        "reserved",
        RECIPE.replace("nutrition ", "chunk ").replace('"nutrition"', '"chunk"'),
    ),
    "a cycle": ("a → b → a", 'braid = 1\nresult = "a"\n[part]\na = "{b}"\nb = "{a}"\n'),
    "chunk without each": ("each", 'braid = 1\n[part]\na = "{chunk}"\n'),
    "each without chunk": (
        "{chunk}",
        'braid = 1\ninput.i = { text = "x", split = "lines" }\n'
        'part.a = { each = "i", prompt = "hi" }\nmerge.m = { stitch = "a" }\n',
    ),
    "many values read unmerged": (
        "many",
        'braid = 1\npart.a = { prompt = "x", repeat = 2 }\npart.b = "{a}"\n',
    ),
    "something never read": (
        "nothing reads it",
        'braid = 1\nresult = "a"\n[part]\na = "x"\nb = "y"\n',
    ),
    "several sinks": ("which is the result", 'braid = 1\n[part]\na = "x"\nb = "y"\n'),
    "batch with tokens": (
        "both batch and tokens",
        'braid = 1\ninput.i = { text = "x", split = "lines", batch = 2, tokens = 5 }\n'
        'part.a = { each = "i", prompt = "{chunk}" }\nmerge.m = { stitch = "a" }\n',
    ),
    "repeat at temperature 0": (
        "temperature 0",
        'braid = 1\npart.a = { prompt = "x", repeat = 2, temperature = 0 }\n'
        'merge.m = { vote = "a" }\n',
    ),
    "a quorum too large": (
        "quorum",
        'braid = 1\n[part]\na = "x"\nb = "y"\n'
        '[merge]\nm = { stitch = ["a", "b"], missing = { quorum = 3 } }\n',
    ),
    "covers without records": (
        "records",
        'braid = 1\ninput.i = { text = "x", split = "lines" }\n'
        'part.a = { each = "i", prompt = "{chunk}", covers = "/id" }\n'
        'merge.m = { stitch = "a" }\n',
    ),
    "a budget without max_tokens": ("max_tokens", 'braid = 1\nbudget.tokens = 5\npart.a = "x"\n'),
    "a literal key": ("key_env", 'braid = 1\nmodel.default = { api_key = "sk-x" }\npart.a = "x"\n'),
    "an unreadable file": ("nothere.txt", 'braid = 1\npart.a = "@nothere.txt"\n'),
    "an unknown kind": (
        "vot",
        'braid = 1\npart.a = { prompt = "x", repeat = 2 }\nmerge.m = { vot = "a" }\n',
    ),
    "no TOML": ("w.toml:1", "braid = = 1\n"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_workflow_is_refused_with_its_line(tmp_path, kind):
    expected, text = WRONG[kind]
    recipe(tmp_path)
    write(tmp_path, "w.toml", text)
    with Server() as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert done.returncode == 2, text_of(done)
    assert expected in errors_of(done) or kind == "an unknown key"
    if kind == "an unknown key":
        assert "results" in errors_of(done) and "did you mean result?" in errors_of(done)
    assert re.match(r"braid: \S*w\.toml", errors_of(done)) or "result" in errors_of(done)
    assert server.posts == 0


def test_settings_of_a_workflow(tmp_path):
    write(tmp_path, "w.toml", 'braid = 1\nset.city = "Rome"\npart.a = "Visit {city}."\n')
    with Server() as server:
        assert text_of(ask(server, "w.toml", cwd=tmp_path)) == "Visit Rome."
        assert text_of(ask(server, "w.toml", "--set", "city=Oslo", cwd=tmp_path)) == "Visit Oslo."
        done = ask(server, "w.toml", "--set", "town=Oslo", cwd=tmp_path)
    assert done.returncode == 2


def test_each_of_a_part_works_item_by_item(tmp_path):
    write(
        tmp_path,
        "w.toml",
        """
braid = 1
input.lines = { text = "one\\ntwo\\nthree\\n", split = "lines" }
part.first = { each = "lines", prompt = "FIRST {chunk}" }
part.second = { each = "first", prompt = "SECOND {chunk}" }
merge.all = { stitch = "second" }
""",
    )

    answered = {}

    def answer(call):
        slow = "three" in call.prompt and call.prompt.startswith("FIRST")
        answered[call.prompt] = call.at + (0.8 if slow else 0)
        return Reply(call.prompt.split(" ", 1)[1], delay=0.8 if slow else 0)

    with Server(answer) as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "one\ntwo\nthree\n"), errors_of(done)
    second = [call.at for call in server.calls if call.prompt.startswith("SECOND")]
    assert min(second) < answered["FIRST three"]  # before the slow one was there


def test_the_first_of_many_primes_the_servers_cache(tmp_path):
    write(tmp_path, "s.txt", "shared text, long enough to be kept. " * 300)
    words = ["--subject", "s.txt"]
    for i in range(16):
        words += ["--part", f"p{i}=look at aspect {i}"]
    with Server(lambda call: Reply("seen", delay=0.05), cache=True) as server:
        done = ask(server, *words, cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert server.calls[0].streamed
    assert server.calls[1].at - server.calls[0].at > 0.04
    shared = (tmp_path / "s.txt").stat().st_size // 4 // 128 * 128
    assert server.tokens["cached"] >= 0.9 * 15 * shared


def test_a_call_that_fails_falls_back_to_another_model(tmp_path):
    write(
        tmp_path,
        "w.toml",
        """
braid = 1
model.default = { name = "first", fallback = ["second", "third"] }
model.second = "second"
model.third = "third"
part.a = "hello"
""",
    )

    def answer(call):
        return error(400, "not today") if call.body["model"] != "third" else Reply("from third")

    with Server(answer) as server:
        done = ask(server, "w.toml", "--parts", "p.jsonl", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "from third")
    assert [call.body["model"] for call in server.calls] == ["first", "second", "third"]
    assert rows(tmp_path / "p.jsonl")[0]["attempts"] == 3
