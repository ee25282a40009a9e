"""What a client must honour: refusals, faults, cut and odd replies, keys, fields servers refuse."""

import email.utils
import json
import time

import pytest
from asking import KEY, ask, errors_of, rows, stats, text_of
from model_server import Reply, Server, error, refusal

pytestmark = pytest.mark.usefixtures("way")


def lines_file(tmp_path, count):
    (tmp_path / "in.txt").write_text("".join(f"line {i}\n" for i in range(count)))
    return ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines"]


def whole(count):
    return "".join(f"line {i}\n" for i in range(count))


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"retry-after-ms": "700"},
        lambda: {"retry-after": "0.7"},
        lambda: {"retry-after": "1"},
        lambda: {"retry-after": email.utils.formatdate(time.time() + 2, usegmt=True)},
    ],
    ids=["milliseconds", "float seconds", "seconds", "date"],
)
def test_a_refusal_closes_the_gate_for_all_parts_until_its_time(tmp_path, make):
    state = {}

    def answer(call):
        if "until" not in state and call.number == 6:
            state["at"] = time.monotonic()
            state["until"] = time.monotonic() + 0.65
            return refusal(headers=make())
        return Reply(call.prompt, delay=0.02)

    with Server(answer) as server:
        done = ask(
            server,
            *lines_file(tmp_path, 60),
            "--max-in-flight",
            "3",
            "--stats",
            "s.json",
            cwd=tmp_path,
        )
    assert (done.returncode, text_of(done)) == (0, whole(60))
    late = [call.at for call in server.calls if state["at"] + 0.05 < call.at < state["until"]]
    assert late == []
    assert stats(tmp_path / "s.json")["refused"] == 1


def test_refusals_cost_no_retries(tmp_path):
    with Server(per_second=30) as server:
        done = ask(
            server, *lines_file(tmp_path, 100), "--retries", "0", "--stats", "s.json", cwd=tmp_path
        )
    assert (done.returncode, text_of(done)) == (0, whole(100))
    numbers = stats(tmp_path / "s.json")
    assert numbers["refused"] == server.refused > 0
    assert numbers["attempts"] == server.posts
    assert numbers["lost"] == 0


def test_known_limits_are_kept_without_one_refusal(tmp_path):
    with Server(rpm=3000) as server:
        began = time.monotonic()
        done = ask(server, *lines_file(tmp_path, 150), "--rpm", "3000", cwd=tmp_path)
        took = time.monotonic() - began
    assert (done.returncode, server.refused) == (0, 0)
    assert took > 2.5  # 150 at 50 a second; never a burst of a minute's worth


def test_announced_limits_are_learned(tmp_path):
    with Server(rpm=6000, announce=True) as server:
        done = ask(server, *lines_file(tmp_path, 200), "--stats", "s.json", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, whole(200))
    assert server.early == 0
    assert server.refused <= 25  # what had left before the first headers came


def test_an_unannounced_concurrency_limit_is_found_and_kept(tmp_path):
    with Server(latency=0.05, concurrency=10) as server:
        done = ask(server, *lines_file(tmp_path, 400), "--stats", "s.json", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, whole(400))
    sent_at_once = 400 - 10
    assert server.refused < sent_at_once / 2
    after = [call for call in server.calls if call.at > server.calls[0].at + 0.4]
    assert len(after) < 400
    assert stats(tmp_path / "s.json")["lost"] == 0


def test_a_queue_that_refuses_nothing_is_kept_short(tmp_path):
    """As vLLM's: told by its latencies alone."""
    with Server(latency=0.05, slots=50) as server:
        done = ask(server, *lines_file(tmp_path, 5000), cwd=tmp_path)
    assert (done.returncode, text_of(done), server.posts) == (0, whole(5000), 5000)
    assert server.most_in_flight > 900
    assert max(call.among for call in server.calls[-300:]) <= 600


FAULTS = {
    "500": lambda call: error(500, "broken"),
    "503 with Retry-After": lambda call: error(503, "busy", headers={"retry-after": "0.05"}),
    "529": lambda call: error(529, "overloaded"),
    "408": lambda call: error(408, "slow"),
    "HTML 502": lambda call: Reply(
        status=502, body=b"<html>Bad gateway</html>", content_type="text/html"
    ),
    "HTML 200": lambda call: Reply(body=b"<html>Welcome</html>", content_type="text/html"),
    "error in a 200": lambda call: Reply(body=b'{"error": {"message": "upstream", "code": 502}}'),
    "cut": lambda call: Reply("some text that is cut", cut=150),
    "reset": lambda call: Reply("x", cut=0, reset=True),
    "truncated JSON": lambda call: Reply(body=b'{"choices": [{"message": {"cont'),
    "empty": lambda call: Reply(""),
    "no choices": lambda call: Reply(body=b'{"choices": []}'),
    "x-should-retry": lambda call: error(400, "try again", headers={"x-should-retry": "true"}),
    "nothing at all": lambda call: Reply(body=b""),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_retried_and_the_answers_are_right(tmp_path, kind, streamed):
    with Server(faults=[(0.1, FAULTS[kind])]) as server:
        more = ["--stream"] if streamed else []
        done = ask(
            server,
            *lines_file(tmp_path, 60),
            "--retries",
            "12",
            "--stats",
            "s.json",
            "--max-in-flight",
            "20",
            *more,
            cwd=tmp_path,
        )
    assert (done.returncode, text_of(done)) == (0, whole(60)), errors_of(done)
    numbers = stats(tmp_path / "s.json")
    assert numbers["attempts"] == server.posts > 60
    right = {}
    for call in server.calls:
        right.setdefault(call.prompt, []).append(call)
    assert len(right) == 60


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_reply_cut_at_every_offset_gives_the_same_text(tmp_path, streamed):
    """One chunk for each offset: its first reply ends there, the second is whole."""
    text = "Hello, \u00fcnicode world"
    probe = Server(lambda call: Reply(text))
    with probe:
        ask(probe, "x", *(["--stream"] if streamed else []))
        kind, body = probe._body(probe.calls[0], Reply(text))
    size = len(body) + 200
    count = size // 7
    seen = set()

    def answer(call):
        number = int(call.prompt.split()[1])
        if number in seen:
            return Reply(text)
        seen.add(number)
        return Reply(text, cut=number * 7)

    with Server(answer) as server:
        done = ask(
            server,
            *lines_file(tmp_path, count),
            "--merge",
            "jsonl",
            "--retries",
            "9",
            "--max-in-flight",
            "20",
            *(["--stream"] if streamed else []),
            cwd=tmp_path,
        )
    assert done.returncode == 0, errors_of(done)
    assert {json.loads(line) for line in text_of(done).splitlines()} == {text}
    assert len(text_of(done).splitlines()) == count


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
def test_streams_cut_into_pieces_anywhere(piece):
    with Server(lambda call: Reply("streamed \u20ac text, in pieces", piece=piece)) as server:
        done = ask(server, "x", "--stream")
    assert (done.returncode, text_of(done)) == (0, "streamed \u20ac text, in pieces")


def stream_body(*events, end=b"data: [DONE]\n\n", line=b"\n\n"):
    return b"".join(b"data: " + json.dumps(each).encode() + line for each in events) + end


def delta(text, finish=None):
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


@pytest.mark.parametrize(
    "body",
    [
        stream_body(delta("good"), delta("", "stop"), end=b""),
        stream_body(delta("go"), delta("od", "stop"), line=b"\r\n\r\n"),
        b": OPENROUTER PROCESSING\n\n" + stream_body(delta("good", "stop")),
        stream_body(
            delta("good", "stop"),
            {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}},
        ),
        stream_body(delta("good"), end=b"data: [DONE]\n\n"),
    ],
    ids=["no DONE", "CRLF", "comment", "usage last", "no finish"],
)
def test_odd_streams_are_read(body):
    with Server(lambda call: Reply(body=body, content_type="text/event-stream")) as server:
        done = ask(server, "x", "--stream")
    assert (done.returncode, text_of(done)) == (0, "good"), errors_of(done)
    assert server.posts == 1


def test_an_error_event_after_200_is_a_fault():
    broken = stream_body(delta("half"), {"error": {"message": "upstream died", "code": 502}})

    def answer(call):
        if call.number == 0:
            return Reply(body=broken, content_type="text/event-stream")
        return Reply("whole")

    with Server(answer) as server:
        done = ask(server, "x", "--stream")
    assert (done.returncode, text_of(done), server.posts) == (0, "whole", 2)


def test_a_silent_server_is_given_up_and_tried_again():
    with Server(lambda call: Reply("late", delay=30 if call.number == 0 else 0)) as server:
        done = ask(server, "x", "--timeout", "1.5")
    assert (done.returncode, text_of(done), server.posts) == (0, "late", 2)


def test_a_slow_body_is_no_silence():
    with Server(lambda call: Reply("slowly but surely", piece=40, slow=0.1)) as server:
        done = ask(server, "x", "--timeout", "0.6")
    assert (done.returncode, server.posts) == (0, 1)


def test_the_key_is_nowhere(tmp_path):
    def answer(call):
        if call.number % 2 == 0:
            return error(400, f"bad key {KEY}")
        return Reply(f"your key is {KEY}")

    with Server(answer) as server:
        done = ask(
            server,
            *lines_file(tmp_path, 4),
            "--merge",
            "jsonl",
            "--max-in-flight",
            "1",
            "--parts",
            "p.jsonl",
            "--stats",
            "s.json",
            "--journal",
            "j",
            "--cache",
            "c",
            cwd=tmp_path,
        )
    assert done.returncode == 1
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in text_of(done) + errors_of(done)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_the_key_is_not_sent_elsewhere():
    with Server() as other:
        target = other.url + "/chat/completions"
        with Server(
            lambda call: Reply(status=307, body=b"", headers={"location": target})
        ) as server:
            done = ask(server, "x")
    assert (done.returncode, other.posts) == (3, 0)
    assert "redirect" in errors_of(done)


@pytest.mark.parametrize("field", ["stream_options", "strict", "max_tokens"])
def test_a_field_that_the_server_does_not_take_is_dropped(tmp_path, field):
    (tmp_path / "s.json").write_text('{"type": "object", "properties": {"a": {"type": "integer"}}}')
    hint = " Use max_completion_tokens instead." if field == "max_tokens" else ""

    def answer(call):
        if f'"{field}"' in json.dumps(call.body):
            return error(400, f"Unrecognized request argument: {field}.{hint}")
        return Reply('{"a": 1}')

    with Server(answer) as server:
        done = ask(server, "x", "--stream", "--schema", "s.json", "--max-tokens", "9", cwd=tmp_path)
    assert (done.returncode, text_of(done), server.posts) == (0, '{"a": 1}', 2)


@pytest.mark.parametrize("field", ["seed", "temperature"])
def test_a_setting_that_the_server_does_not_take_is_left_out_and_said(tmp_path, field):
    def answer(call):
        if field in call.body:
            return error(400, f"Unsupported parameter: '{field}' is not supported with this model.")
        return Reply("yes")

    words = ["--seed", "3", "--temperature", "0.5"]
    with Server(answer) as server:
        done = ask(server, "x", *words, cwd=tmp_path)
        assert (done.returncode, text_of(done), server.posts) == (0, "yes", 2)
        assert f"does not take {field}, which is left out" in errors_of(done)
        other = {"seed", "temperature"} - {field}
        assert other <= set(server.calls[1].body)


def test_a_setting_whose_value_is_wrong_is_not_left_out():
    with Server(lambda call: error(400, "temperature must be at most 2")) as server:
        done = ask(server, "x", "--temperature", "3")
    assert (done.returncode, server.posts) == (1, 1)
    assert "at most 2" in errors_of(done)


def test_an_unreachable_host_is_said_soon():
    with Server() as server:
        gone = server.port
    done = ask(None, "x", "--base-url", f"http://127.0.0.1:{gone}/v1", "--retries", "2")
    assert done.returncode == 3
    assert "no connection" in errors_of(done)


def test_an_unknown_model_and_a_wrong_address():
    with Server(
        lambda call: error(404, "The model `gpt-9` does not exist", code="model_not_found")
    ) as server:
        done = ask(server, "x", "--model", "gpt-9")
    assert (done.returncode, server.posts) == (3, 1)
    assert "no such model" in errors_of(done)
    with Server() as server:
        done = ask(None, "x", "--base-url", server.url + "/wrong")
    assert done.returncode == 3
    assert "base URL" in errors_of(done)


def test_too_long_a_wait_is_refused():
    with Server(lambda call: refusal(headers={"retry-after": "4000"})) as server:
        done = ask(server, "x")
    assert (done.returncode, server.posts) == (3, 1)
    assert "4000 s" in errors_of(done)


def test_giving_up_after_nothing_but_refusals():
    with Server(lambda call: refusal("slow down")) as server:
        done = ask(server, "x", "--give-up", "1")
    assert done.returncode == 3
    assert "nothing but refusals" in errors_of(done)
    assert server.posts < 20


def test_an_answer_cut_off_by_max_tokens_is_no_part_of_a_stitch(tmp_path):
    with Server(lambda call: Reply("half", finish="length")) as server:
        done = ask(server, *lines_file(tmp_path, 2), "--max-tokens", "1", cwd=tmp_path)
        assert done.returncode == 1
        assert "max_tokens" in errors_of(done)
        assert server.posts == 2
        assert ask(server, "x").returncode == 0


def test_idempotency_keys(tmp_path):
    """The same only when the same bytes go out again and nobody knows what became of them."""
    seen = []

    def answer(call):
        seen.append(call.prompt)
        if seen.count(call.prompt) > 1:
            return Reply(call.prompt)
        # By their prompts: a retry may come before or after the next line's first call.
        if call.prompt == "line 0":
            return Reply("x", cut=0, reset=True)
        if call.prompt == "line 2":
            return error(500, "broken")
        if call.prompt == "line 3":
            return Reply(call.prompt, cut=150)
        return Reply(call.prompt)

    with Server(answer) as server:
        done = ask(server, *lines_file(tmp_path, 4), "--max-in-flight", "1", cwd=tmp_path)
    assert done.returncode == 0
    keys = {}
    for call in server.calls:
        keys.setdefault(call.prompt, []).append(call.headers["idempotency-key"])
    assert [len(each) for _, each in sorted(keys.items())] == [2, 1, 2, 2]
    assert keys["line 0"][0] == keys["line 0"][1]
    assert keys["line 2"][0] != keys["line 2"][1]
    assert keys["line 3"][0] == keys["line 3"][1]
    assert len({key for each in keys.values() for key in each}) == 5


def test_tokens_are_those_of_the_server(tmp_path):
    with Server(cache=True) as server:
        (tmp_path / "s.txt").write_text("shared text " * 600)
        done = ask(
            server,
            "--subject",
            "s.txt",
            "--part",
            "a=first",
            "--part",
            "b=second",
            "--stats",
            "s.json",
            "--max-in-flight",
            "1",
            cwd=tmp_path,
        )
    assert done.returncode == 0
    numbers = stats(tmp_path / "s.json")
    assert numbers["tokens"] == server.tokens
    assert server.tokens["cached"] > 1000


def test_requests_of_ones_own_with_their_metadata(tmp_path):
    bodies = [
        {
            "messages": [{"role": "user", "content": f"q{i}"}],
            "temperature": 0.5,
            "metadata": {"row": i},
        }
        for i in range(5)
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(json.dumps(each) for each in bodies))
    with Server(jitter=0.05) as server:
        done = ask(
            server, "--requests", "r.jsonl", "--model", "m", "--parts", "p.jsonl", cwd=tmp_path
        )
    assert done.returncode == 0
    assert [json.loads(line) for line in text_of(done).splitlines()] == [f"q{i}" for i in range(5)]
    assert [row["metadata"]["row"] for row in rows(tmp_path / "p.jsonl")] == list(range(5))
    assert all("metadata" not in call.body for call in server.calls)
    assert {call.body["model"] for call in server.calls} == {"m"}
    assert {call.body["temperature"] for call in server.calls} == {0.5}


def test_what_a_reused_connection_that_dies_costs(tmp_path):
    """Each POST that the server saw is counted, and none is sent again behind our back."""

    def answer(call):
        if call.reused and call.number % 5 == 4:
            return Reply("x", cut=0, reset=True)
        return Reply(call.prompt)

    with Server(answer) as server:
        done = ask(
            server,
            *lines_file(tmp_path, 100),
            "--max-in-flight",
            "4",
            "--stats",
            "s.json",
            "--parts",
            "p.jsonl",
            "--retries",
            "2",
            cwd=tmp_path,
        )
    assert (done.returncode, text_of(done)) == (0, whole(100)), errors_of(done)
    numbers = stats(tmp_path / "s.json")
    assert numbers["attempts"] == server.posts
    assert sum(row["attempts"] for row in rows(tmp_path / "p.jsonl")) == server.posts


def test_calls_go_both_ways_at_once(tmp_path):
    (tmp_path / "in.txt").write_text("".join(f"line {i}\n" for i in range(40)))
    with Server(lambda call: Reply(call.prompt, delay=0.02)) as server:
        other = server.url.replace("127.0.0.1", "localhost")
        (tmp_path / "w.toml").write_text(
            f"""
            braid = 1
            model.here = {{ base_url = "{server.url}" }}
            model.there = {{ base_url = "{other}" }}
            input.lines = {{ file = "in.txt", split = "lines" }}
            part.said = {{ each = "lines", prompt = "{{chunk}}", model = ["here", "there"] }}
            merge.all = {{ jsonl = "said" }}
            """
        )
        done = ask(None, "w.toml", cwd=tmp_path)
        assert done.returncode == 0, errors_of(done)
        assert server.posts == 80
    said = [json.loads(line) for line in text_of(done).splitlines()]
    assert said == [f"line {i}" for i in range(40) for _ in range(2)]
