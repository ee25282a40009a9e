"""Streams that no server should send. Whatever comes: the text, whole and once, or one message."""

import json

import pytest
from asking import ask, asked, errors_of, text_of
from raw_server import EVENTS, GOOD, RawServer, always, completion, event, first, head, whole

pytestmark = pytest.mark.usefixtures("way")


def stream(*pieces, end=b"data: [DONE]\n\n", **how):
    return whole(b"".join(pieces) + end, kind=EVENTS, **how)


STREAMS = {
    "empty events": stream(b"data:\n\n", event("go"), b"data: \n\n", event("od", "stop")),
    "DONE with blanks": stream(event("good"), end=b"data:  [DONE] \n\n"),
    "after DONE": stream(event("good"), end=b"data: [DONE]\n\ndata: garbage\n\n"),
    "two choices": stream(
        b'data: {"choices": [{"index": 1, "delta": {"content": "other"}}]}\n\n',
        event("good", "stop"),
        b'data: {"choices": [{"index": 1, "delta": {"content": "other"}}]}\n\n',
    ),
    "ids, names and retries": stream(b"id: 1\nevent: message\nretry: 5\n", event("good", "stop")),
    "data on several lines": stream(
        b'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "good"},\n'
        b'data: "finish_reason": "stop"}]}\n\n'
    ),
    "usage in every event": stream(
        event("go", usage={"prompt_tokens": 1, "completion_tokens": 1}),
        event("od", "stop", usage={"prompt_tokens": 1, "completion_tokens": 2}),
    ),
    "a whole answer in place of a stream": whole(completion("good")),
    "the end without an empty line": stream(event("good", "stop"), end=b"data: [DONE]"),
    "lines that end in CR": whole(
        (event("good", "stop") + b"data: [DONE]\n\n").replace(b"\n", b"\r"), kind=EVENTS
    ),
    "NaN in an event": stream(
        b'data: {"choices": [{"index": 0, "logprobs": NaN, "delta": {"content": "good"}, '
        b'"finish_reason": "stop"}]}\n\n'
    ),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_odd_streams_are_answers(kind):
    done = asked(always(STREAMS[kind], close=True), "--stream")
    assert (done.returncode, text_of(done), done.posts) == (0, "good", 1), errors_of(done)


@pytest.mark.parametrize(
    "broken",
    [
        {"object": "error", "message": "out of memory", "code": 500},
        {"error": "overloaded", "error_type": "overloaded"},
        {"error": {"message": "overloaded", "type": "overloaded_error"}},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]},
    ],
    ids=["vLLM's of old", "a text", "an object", "finish_reason"],
)
def test_an_error_within_a_stream_that_ends_as_others_do(broken):
    data = b"data: " + json.dumps(broken).encode() + b"\n\n"
    done = asked(first(stream(event("half"), data)), "--stream")
    assert (done.returncode, text_of(done), done.posts) == (0, "good", 2), errors_of(done)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_bytes_that_are_not_utf_8_are_the_same_in_each_file_and_each_run(tmp_path, streamed):
    body = completion("caf?").encode().replace(b"?", b"\xe9")
    if streamed:
        body = event("caf?", "stop").replace(b"?", b"\xe9") + b"data: [DONE]\n\n"
    handle = always(whole(body, kind=EVENTS if streamed else "application/json"))
    words = ["--journal", "j", "--resume", "--parts", "p", "--report", "r"]
    with RawServer(handle) as server:
        for _ in range(2):
            done = ask(server, "x", *words, *(["--stream"] if streamed else []), cwd=tmp_path)
            assert (done.returncode, text_of(done)) == (0, "caf\ufffd"), errors_of(done)
        assert len(server.requests) == 1
    assert json.loads((tmp_path / "p").read_text())["text"] == "caf\ufffd"


def test_a_character_that_is_cut_between_two_events_is_whole():
    halves = [event("?").replace(b"?", half) for half in (b"\xe2\x82", b"\xac")]
    done = asked(always(stream(*halves, event("", "stop"))), "--stream")
    assert (done.returncode, text_of(done), done.posts) == (0, "\u20ac", 1)


def test_a_stream_that_never_hangs_up_ends_with_its_last_event():
    def handle(connection, _):
        connection.send(head(kind=EVENTS) + event("good") + b"data: [DONE]\n\n")
        server_over.wait(20)

    with RawServer(handle) as server:
        server_over = server.over
        done = ask(server, "x", "--stream", timeout=15)
    assert (done.returncode, text_of(done)) == (0, "good")


@pytest.mark.parametrize(
    "drip",
    [b": alive\n\n", b" ", b"HTTP/1.1 102 Processing\r\n\r\n"],
    ids=["comments", "blanks", "interim replies"],
)
def test_life_without_content_is_given_up(drip):
    def handle(connection, _):
        if connection.count > 1:
            connection.send(GOOD)
            return True
        if not drip.startswith(b"HTTP"):
            connection.send(head(kind=EVENTS))
        while not server_over.wait(0.05 if not drip.startswith(b"HTTP") else 0):
            connection.send(drip)
        return False

    with RawServer(handle) as server:
        server_over = server.over
        done = ask(server, "x", "--stream", "--timeout", "0.4", timeout=30)
    if drip.startswith(b"HTTP"):
        assert done.returncode == 1
        assert "longer than any answer" in errors_of(done)
    else:
        assert (done.returncode, text_of(done)) == (0, "good"), errors_of(done)
