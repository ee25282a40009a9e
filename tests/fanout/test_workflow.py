"""Workflow files from end to end."""

from asking import ask, errors_of, rows, text_of
from model_server import Reply, Server, error


def write(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return name


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


def test_the_plans_time_is_that_of_the_slowest_key(tmp_path):
    write(
        tmp_path,
        "w.toml",
        """
braid = 1
limits = { rpm = 60 }
model.default = "a"
model.slow = { name = "b", base_url = "http://127.0.0.1:1/v1", rpm = 6 }
input.lines = { text = "1\\n2\\n3\\n4\\n", split = "lines" }
part.p = { each = "lines", prompt = "{chunk}", model = ["default", "slow"] }
merge.all = { jsonl = "p" }
""",
    )
    with Server() as server:
        dry = ask(server, "w.toml", "--dry-run", cwd=tmp_path)
    assert "time: at least 40.0 s under the limits" in text_of(dry), errors_of(dry)


def test_a_judge_and_a_writer_fall_back_too(tmp_path):
    write(
        tmp_path,
        "w.toml",
        """
braid = 1
model.default = { name = "first", fallback = "second" }
model.second = "second"
input.a = "good"
input.b = "bad"
merge.choice = { best = ["a", "b"], criteria = "Which is good?" }
merge.text = { synthesise = ["choice"], prompt = "{parts} Write it." }
""",
    )

    def answer(call):
        if call.body["model"] == "first":
            return error(400, "not today")
        if "Write it" in call.prompt:
            return Reply("written by the second")
        return Reply("9" if "\ngood\n" in call.prompt else "2")

    with Server(answer) as server:
        done = ask(server, "w.toml", "--parts", "p.jsonl", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "written by the second"), errors_of(done)
    assert [row["attempts"] for row in rows(tmp_path / "p.jsonl")] == [2, 2, 2]


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
