"""What each option and each key of a workflow does, seen at the server or in the result."""

import json

import pytest
from asking import KEY, ask, environment, errors_of, rows, stats, text_of
from model_server import Reply, Server, error
from raw_server import GOOD, RawServer


def write(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / name.replace("_", ".")).write_text(text)


SENT = {
    "--model": (["--model", "m"], {"model": "m"}),
    "--system": (["--system", "be brief"], {"messages": [("system", "be brief"), ("user", "x")]}),
    "--system @FILE": (["--system", "@s.txt"], {"messages": [("system", "long"), ("user", "x")]}),
    "--temperature": (["--temperature", "0.25"], {"temperature": 0.25}),
    "--max-tokens": (["--max-tokens", "9"], {"max_tokens": 9}),
    "--seed": (["--seed", "5"], {"seed": 5}),
    "--stream": (["--stream"], {"stream": True, "stream_options": {"include_usage": True}}),
    "--extra": (["--extra", '{"logit_bias": {"5": 1}}'], {"logit_bias": {"5": 1}}),
    "the last one counts": (["--model", "a", "--model", "b"], {"model": "b"}),
    "nothing more than asked for": ([], {}),
}


@pytest.mark.parametrize("kind", SENT)
def test_what_goes_out(tmp_path, kind):
    words, expected = SENT[kind]
    write(tmp_path, s_txt="long")
    with Server() as server:
        assert ask(server, "x", *words, cwd=tmp_path).returncode == 0
    body = server.calls[0].body
    body["messages"] = [(each["role"], each["content"]) for each in body["messages"]]
    assert body == {"messages": [("user", "x")], **expected}


def test_headers_and_keys(tmp_path):
    write(tmp_path, key_txt="sk-other\n")
    with Server() as server:
        words = ["x", "--header", "X-One: 1", "--header", "X-Two:2", "--api-key-file", "key.txt"]
        assert ask(server, *words, cwd=tmp_path).returncode == 0
        bare = {name: value for name, value in environment().items() if name != "OPENAI_API_KEY"}
        assert ask(server, "x", env=bare).returncode == 0
        url = {**environment(), "OPENAI_BASE_URL": server.url}
        assert ask(None, "x", env=url).returncode == 0
    first, second, _ = (call.headers for call in server.calls)
    assert (first["x-one"], first["x-two"]) == ("1", "2")
    assert first["authorization"] == "Bearer sk-other"
    assert "authorization" not in second


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_headers_of_ones_own_stand_in_the_place_of_others(host):
    words = ["--header", "authorization: Token t", "--header", "User-Agent: mine"]
    seen = []

    def answer(connection, _):
        connection.send(GOOD)

    with RawServer(answer) as server:
        url = server.url.replace("127.0.0.1", host)
        assert ask(None, "x", "--base-url", url, *words).returncode == 0
        ((head, _),) = server.requests
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            seen.append((name.lower(), value.strip()))
    assert [value for name, value in seen if name == "authorization"] == ["Token t"]
    assert [value for name, value in seen if name == "user-agent"] == ["mine"]
    assert KEY not in head
    for header in ("Content-Length: 5", "transfer-encoding: chunked"):
        assert ask(None, "x", "--base-url", server.url, "--header", header).returncode == 2


def test_a_key_file_is_not_in_the_list_of_processes(tmp_path):
    """Nor is the variable: the only words are those of the command line."""
    write(tmp_path, key_txt=KEY)
    seen = []

    def answer(call):
        import pathlib

        for place in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(place.read_bytes())
            except OSError:
                continue
        return Reply("x")

    with Server(answer) as server:
        assert ask(server, "x", "--api-key-file", "key.txt", cwd=tmp_path).returncode == 0
    assert any(b"--api-key-file" in each for each in seen)
    assert not any(KEY.encode() in each for each in seen)


def test_quiet_and_output(tmp_path):
    with Server() as server:
        loud = ask(server, "x", cwd=tmp_path)
        quiet = ask(server, "x", "--quiet", "-o", "out.txt", cwd=tmp_path)
    assert errors_of(loud) != "" and (text_of(quiet), errors_of(quiet)) == ("", "")
    assert (tmp_path / "out.txt").read_text() == "x"


def test_join(tmp_path):
    with Server() as server:
        words = ["--part", "a=one", "--part", "b=two"]
        assert text_of(ask(server, *words)) == "one\n\ntwo"
        assert text_of(ask(server, *words, "--join", " & ")) == "one & two"


def test_prompts_and_parts_from_files_and_part_adds_up(tmp_path):
    write(tmp_path, p_txt="from a file", at_txt="@literal")
    with Server() as server:
        done = ask(server, "--part", "a=@p.txt", "--part", "b=@@p.txt", cwd=tmp_path)
        assert text_of(done) == "from a file\n\n@p.txt"
        assert text_of(ask(server, "--prompt", "@p.txt", cwd=tmp_path)) == "from a file"


def ballots(*said):
    return lambda call: Reply(said[int(call.body["seed"])])


VOTE = ["--prompt", "x", "--seed", "0"]


@pytest.mark.parametrize(
    ("said", "words", "expected"),
    [
        (["Yes", "no", "YES!"], [], (0, "yes")),
        (["Yes", "no", "YES!"], ["--normalise", "none"], (1, "")),
        (['{"v": "a"}', '{"v": "b"}', '{"v": "a"}'], ["--normalise", "json:/v"], (0, "a")),
        (["1x", "2x", "3y"], ["--normalise", "python:f.py:last"], (0, "x")),
        (["a", "a", "b"], ["--margin", "2"], (1, "")),
        (["a", "a", "a"], ["--margin", "2"], (0, "a")),
        (["b", "a", "b", "a"], ["--ties", "first"], (0, "b")),
        (["b", "a", "b", "a"], ["--ties", "a"], (0, "a")),
        (["b", "a", "b", "a"], [], (1, "")),
        (["a", "what?", "a"], ["--choices", "a,b"], (0, "a")),
        (["a", "what?", "a"], ["--choices", "a,b", "--invalid", "fail"], (1, "")),
        (["a", "what?", "a"], ["--choices", "a,b", "--quorum", "3"], (1, "")),
    ],
)
def test_votes(tmp_path, said, words, expected):
    write(tmp_path, f_py="def last(text):\n    return text[-1]\n")
    with Server(ballots(*said)) as server:
        kind = [] if "--choices" in words else ["--merge", "vote"]
        done = ask(server, *VOTE, "--repeat", len(said), *kind, *words, cwd=tmp_path)
    assert (done.returncode, text_of(done)) == expected, errors_of(done)


def test_stop_never_asks_all(tmp_path):
    words = [*VOTE, "--repeat", "9", "--choices", "a,b"]
    for stop, posts in (("exact", 5), ("never", 9), ("0.95", 5)):
        with Server(lambda call: Reply("a")) as server:
            assert text_of(ask(server, *words, "--stop", stop)) == "a"
        assert server.posts <= posts if stop == "0.95" else server.posts == posts


def test_tpm_is_kept(tmp_path):
    (tmp_path / "in.txt").write_text("".join(f"{'w' * 393}{i:02}\n" for i in range(40)))
    words = ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines", "--max-tokens", "1"]
    # About 100 tokens a call and 20,000 a second: 40 calls take a fifth of a second at least.
    with Server(lambda call: Reply("a")) as server:
        done = ask(server, *words, "--tpm", "1200000", "--merge", "jsonl", cwd=tmp_path)
    assert done.returncode == 0
    took = server.calls[-1].at - server.calls[0].at
    assert took > 0.8 * (40 * 100 - 1000) / 20_000


@pytest.mark.parametrize("more", [["--journal-sync"], []], ids=["synced", "not synced"])
def test_a_journal_is_read_by_log(tmp_path, more):
    with Server(lambda call: Reply("said\nmore")) as server:
        assert ask(server, "x", "--journal", "j", *more, cwd=tmp_path).returncode == 0
    log = ask(None, "log", "j", cwd=tmp_path)
    assert log.returncode == 0
    assert "answer 0 draw 0" in text_of(log) and "said more" in text_of(log)
    assert "1 answers" in text_of(log)
    assert ask(None, "log", "gone", cwd=tmp_path).returncode == 2


def test_http2_is_asked_for_and_done_without():
    with Server() as server:
        assert text_of(ask(server, "x", "--http2")) == "x"


def test_keys_of_a_model(tmp_path):
    write(
        tmp_path,
        w_toml="""
braid = 1
result = "all"
[model.default]
name = "small"
temperature = 0.5
top_p = 0.9
seed = 3
max_tokens = 11
timeout = 5
stream = true
headers = { X-Team = "river" }
extra = { user = "u", stop = ["END"] }
system = "@sys.txt"
[model.other]
name = "other"
key_file = "key.txt"
temperature = 1
[part]
a = "one"
b = { prompt = "two", model = "other", system = "own", max_tokens = 4 }
[merge]
all = { stitch = ["a", "b"], join = "|" }
""",
        sys_txt="from a file",
        key_txt="sk-second",
    )
    with Server() as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "one|two"), errors_of(done)
    one, two = sorted(server.calls, key=lambda call: call.prompt)
    assert one.headers["x-team"] == "river" and two.headers["authorization"] == "Bearer sk-second"
    assert one.body == {
        "model": "small",
        "messages": [
            {"role": "system", "content": "from a file"},
            {"role": "user", "content": "one"},
        ],
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 3,
        "max_tokens": 11,
        "stream": True,
        "stream_options": {"include_usage": True},
        "user": "u",
        "stop": ["END"],
    }
    assert (two.body["model"], two.body["temperature"], two.body["max_tokens"]) == ("other", 1, 4)
    assert two.body["messages"][0]["content"] == "own"


def test_several_models_are_one_part_each(tmp_path):
    write(
        tmp_path,
        w_toml="""
braid = 1
model.small = "s"
model.large = "l"
part.a = { prompt = "x", model = ["small", "large"] }
merge.m = { stitch = "a", join = " " }
""",
    )
    with Server(lambda call: Reply(call.body["model"])) as server:
        done = ask(server, "w.toml", "--parts", "p", cwd=tmp_path)
    assert text_of(done) == "s l"
    assert [row["part"] for row in rows(tmp_path / "p")] == ["a.small", "a.large"]


def test_inputs_from_stdin_with_overlap(tmp_path):
    write(
        tmp_path,
        w_toml="""
braid = 1
input.lines = { stdin = true, split = "lines", batch = 2, overlap = 1 }
part.a = { each = "lines", prompt = "[{context}][{chunk}]" }
merge.m = { jsonl = "a" }
""",
    )
    with Server() as server:
        done = ask(server, "w.toml", stdin="1\n2\n3\n4\n5\n", cwd=tmp_path)
    assert [json.loads(line) for line in text_of(done).splitlines()] == [
        "[][1\n2]",
        "[2\n][3\n4]",
        "[4\n][5]",
    ]


def test_rows_of_records_and_a_schema_file(tmp_path):
    write(
        tmp_path,
        w_toml="""
braid = 1
input.in = { file = "in.jsonl", split = "records", batch = 2, id = "/id" }
part.a = { each = "in", prompt = "{chunk}", schema = "s.json", covers = "/id" }
merge.m = { jsonl = "a", rows = "record" }
""",
        s_json='{"type": "array", "items": {"type": "object", "required": ["id"]}}',
        in_jsonl="".join(f'{{"id": "{name}"}}\n' for name in "abc"),
    )

    def answer(call):
        found = [json.loads(line) for line in call.prompt.splitlines()]
        return Reply(json.dumps(list(reversed(found))))

    with Server(answer) as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    found = [json.loads(line)["id"] for line in text_of(done).splitlines()]
    assert sorted(found) == ["a", "b", "c"]
    assert server.calls[0].body["response_format"]["json_schema"]["strict"] is True


def test_best_with_its_keys_and_a_python_merge(tmp_path):
    write(
        tmp_path,
        w_toml="""
braid = 1
result = "both"
model.default = { name = "author", seed = 0 }
model.judge = "judge"
part.a = { prompt = "write", repeat = 3 }
merge.winner = { best = "a", criteria = "@c.txt", judge = "judge", scale = 100, ties = "first" }
merge.both = { python = "m.py:shout", of = ["winner"] }
""",
        c_txt="Short.",
        m_py="def shout(texts):\n    return texts[0].upper()\n",
    )

    def answer(call):
        if call.body["model"] == "judge":
            assert "100" in call.prompt and "Short." in call.prompt
            return Reply("70" if "text 1" in call.prompt else "60")
        return Reply(f"text {call.body['seed']}")

    with Server(answer) as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "TEXT 1"), errors_of(done)


def test_a_synthesis_that_must_fit_and_a_part_without_priming(tmp_path):
    write(
        tmp_path,
        w_toml="""
braid = 1
input.in = { text = "1\\n2\\n3\\n4\\n", split = "lines" }
part.a = { each = "in", prompt = "{chunk}", prime = "off" }
merge.m = { synthesise = "a", prompt = "J {parts}", fit = 120 }
""",
    )
    with Server(lambda call: Reply("y" if call.prompt[0] == "J" else "w" * 60)) as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "y"), errors_of(done)
    assert server.posts > 4 + 1


def test_limits_retries_and_paths_of_a_workflow(tmp_path):
    write(
        tmp_path,
        w_toml="""
braid = 1
limits = { max_in_flight = 1, retries = 1, give_up = 5 }
run = { journal = "j", cache = "c" }
budget = { tokens = 4000, usd = 1.0, prices = "prices.toml" }
model.default = { name = "m", max_tokens = 4 }
part.a = "x"
""",
        prices_toml='["m"]\ninput = 1\noutput = 2\n',
    )
    with Server(lambda call: error(500, "no")) as server:
        done = ask(server, "w.toml", "--stats", "s.json", cwd=tmp_path)
        assert (done.returncode, server.posts) == (1, 2)
        server.answer = lambda call: Reply("fine")
        done = ask(server, "w.toml", "--resume", "--stats", "s.json", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "fine")
    assert stats(tmp_path / "s.json")["usd"] == pytest.approx(3e-6)
    assert (tmp_path / "j").exists() and any((tmp_path / "c").iterdir())
