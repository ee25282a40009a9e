"""What a call may cost at most: requests of the user's own, and what `--extra` says."""

import json

import pytest
from asking import ask, errors_of, stats, text_of
from model_server import Reply, Server

PRICES = "m = { input = 1000, output = 1000 }\ndear = { input = 5000, output = 9000 }\n"


def requests_file(tmp_path, bodies):
    (tmp_path / "prices.toml").write_text(PRICES)
    lines = [
        json.dumps({"messages": [{"role": "user", "content": "hi"}], **each}) for each in bodies
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(lines) + "\n")
    return ["--requests", "r.jsonl", "--model", "m", "--max-tokens", "10", "--stats", "s.json"]


def test_options_hold_for_requests_that_say_nothing_of_it(tmp_path):
    words = requests_file(tmp_path, [{}, {"temperature": 1.5, "top_k": 3, "max_tokens": 4}])
    words += ["--temperature", "0.5", "--extra", '{"top_k": 7}', "--max-in-flight", "1"]
    with Server() as server:
        done = ask(server, *words, cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    first, second = (call.body for call in server.calls)
    assert (first["temperature"], first["top_k"], first["max_tokens"]) == (0.5, 7, 10)
    assert (second["temperature"], second["top_k"], second["max_tokens"]) == (1.5, 3, 4)


def test_a_request_costs_what_its_own_model_costs(tmp_path):
    words = requests_file(tmp_path, [{"model": "dear"}])
    with Server(lambda call: Reply("four" * 10)) as server:
        done = ask(server, *words, "--prices", "prices.toml", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    tokens = server.tokens
    cost = (tokens["prompt"] * 5000 + tokens["completion"] * 9000) / 1e6
    assert stats(tmp_path / "s.json")["usd"] == round(cost, 6)


def test_the_bound_counts_all_answers_of_a_request(tmp_path):
    # At most 10 × (prompt bound of less than 200) + 8 × 100 completions.
    words = requests_file(tmp_path, [{"n": 8, "max_tokens": 100}])
    with Server() as server:
        done = ask(server, *words, "--budget-tokens", "700", cwd=tmp_path)
        assert (done.returncode, server.posts) == (3, 0), errors_of(done)
        done = ask(server, *words, "--budget-tokens", "3000", cwd=tmp_path)
        assert (done.returncode, server.posts) == (0, 1), errors_of(done)


def test_extra_takes_the_place_of_a_field_and_of_its_bound(tmp_path):
    words = ["x", "--max-tokens", "5", "--extra", '{"max_tokens": 900}']
    with Server() as server:
        done = ask(server, *words, "--budget-tokens", "500", cwd=tmp_path)
        assert (done.returncode, server.posts) == (3, 0), errors_of(done)
        assert ask(server, *words, cwd=tmp_path).returncode == 0
    assert server.calls[0].body["max_tokens"] == 900


def test_a_value_from_a_file(tmp_path):
    (tmp_path / "city.txt").write_text("Rome")
    (tmp_path / "w.toml").write_text('braid = 1\nset.city = "@city.txt"\npart.a = "See {city}."\n')
    with Server() as server:
        assert text_of(ask(server, "w.toml", cwd=tmp_path)) == "See Rome."


def test_a_result_that_cannot_be_written_after_all_goes_to_stdout(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()

    def answer(call):
        folder.rmdir()
        return Reply("paid for")

    with Server(answer) as server:
        done = ask(server, "x", "-o", "out/page", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (1, "paid for")
    assert "out/page" in errors_of(done)


def test_models_of_one_key_keep_the_lowest_of_their_limits(tmp_path):
    (tmp_path / "w.toml").write_text(
        """
braid = 1
model.default = { name = "a", max_in_flight = 8 }
model.other = { name = "b", max_in_flight = 2 }
input.i = { text = "1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n", split = "lines" }
part.p = { each = "i", prompt = "{chunk}", model = ["default", "other"] }
merge.m = { jsonl = "p" }
"""
    )
    with Server(latency=0.02) as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert (done.returncode, server.posts) == (0, 16), errors_of(done)
    assert server.most_in_flight == 2


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": -1000, "completion_tokens": -1000},
        {"prompt_tokens": "0", "completion_tokens": "0"},
        {"prompt_tokens": 0},
        {"completion_tokens": 0, "prompt_tokens": None},
        {"prompt_tokens": [], "completion_tokens": {}},
        [],
        "none",
    ],
    ids=repr,
)
def test_a_usage_that_is_none_leaves_a_budget_as_it_is(tmp_path, usage):
    """What nobody knows the cost of costs what it may cost at most: 64 + 16 + 6 and 10 here."""
    (tmp_path / "in.txt").write_text("".join(f"line {i}\n" for i in range(50)))
    words = ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines", "--max-tokens", "10"]
    more = ["--budget-tokens", "1000", "--stats", "s.json", "--merge", "jsonl"]
    with Server(lambda call: Reply("ok", usage=usage)) as server:
        done = ask(server, *words, *more, cwd=tmp_path)
        assert done.returncode == 3, errors_of(done)
        assert "budget" in errors_of(done)
        assert server.posts == 10
    assert stats(tmp_path / "s.json")["uncounted"] == 10


def test_a_usage_beyond_all_numbers_ends_a_budget(tmp_path):
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    words = ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines", "--max-tokens", "10"]
    usage = {"prompt_tokens": 1e300, "completion_tokens": 5}
    with Server(lambda call: Reply("ok", usage=usage)) as server:
        done = ask(server, *words, "--budget-tokens", "1000", "--max-in-flight", "1", cwd=tmp_path)
        assert (done.returncode, server.posts) == (3, 1)
    assert "the budget cannot be kept" in errors_of(done)
