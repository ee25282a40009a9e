"""Servers that send what no server should. Whatever comes: an end, one clear message, the right
exit status, no trace of the key, and nothing that was paid for lost."""

import gzip
import json
import socket
import threading
import time
import zlib

import pytest
from asking import KEY, ask, asked, errors_of, stats, text_of
from raw_server import (
    CHUNKED,
    GOOD,
    RawServer,
    always,
    as_brotli,
    as_zstandard,
    chunk,
    completion,
    first,
    head,
    whole,
)

pytestmark = pytest.mark.usefixtures("way")

ONCE = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "HTTP/0.9": b"<html>hello</html>",
    "a status that is none": b"HTTP/1.1 abc\r\n\r\n",
    "a head that is cut": b"HTTP/1.1 200 OK\r\ncontent-le",
    "headers without colons": b"HTTP/1.1 200 OK\r\nnonsense\r\n\x00\xff\r\n\r\n{}",
    "too short a body": head(length=5000) + b'{"choices": [',
    "chunks that are cut": head(more=CHUNKED) + chunk(b'{"choices"')[:-1],
    "chunks without an end": head(more=CHUNKED) + chunk(b'{"choices": [{"index": 0,'),
    "a chunk size that is none": head(more=CHUNKED) + b"zz\r\nabc\r\n0\r\n\r\n",
    "corrupt gzip": whole(b"\x1f\x8b\x08\x00garbage", more=("content-encoding: gzip",)),
    "gzip that is cut": whole(
        gzip.compress(completion("x" * 5000).encode())[:60], more=("content-encoding: gzip",)
    ),
    "an encoding that nobody knows": whole("abc", more=("content-encoding: braid",)),
    "an empty body": whole(""),
    "blanks for an answer": whole(completion(" \n\t ")),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "HTML": whole("<!doctype html><p>Welcome", kind="text/html"),
    "JSON that is cut": whole(completion("some text")[:40]),
    "a string": whole('"hello"'),
    "null": whole("null"),
    "a list": whole("[]"),
    "brackets without end": whole("[" * 200_000),
    "choices of null": whole('{"choices": null}'),
    "choices of numbers": whole('{"choices": [1, 2]}'),
    "a null choice": whole('{"choices": [null]}'),
    "a null message": whole('{"choices": [{"message": null}]}'),
    "content of a number": whole('{"choices": [{"message": {"content": 5}}]}'),
    "no content": whole('{"choices": [{"message": {"role": "assistant"}}]}'),
    "control characters in strings": whole(b'{"choices": [{"message": {"content": "a\x01b"}}]}'),
    "409": whole('{"error": {"message": "conflict"}}', "409 Conflict"),
    "425": whole("{}", "425 Too Early"),
    "529": whole('{"error": {"type": "overloaded_error"}}', "529 Overloaded"),
    "503 HTML": whole("<html><body>Service Unavailable", "503 Unavailable", kind="text/html"),
    "522 without a body": b"HTTP/1.1 522 \r\ncontent-length: 0\r\n\r\n",
    "a choice with an error": whole('{"choices": [{"error": {"code": 502, "message": "x"}}]}'),
    "finish_reason error": whole(
        '{"choices": [{"finish_reason": "error", "message": {"content": "half"}}]}'
    ),
    "only interim replies": b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    "nothing": b"",
}


@pytest.mark.parametrize("kind", ONCE)
def test_what_is_broken_once_is_asked_again(kind):
    done = asked(first(ONCE[kind]))
    assert (done.returncode, text_of(done), done.posts) == (0, "good", 2), errors_of(done)


@pytest.mark.parametrize("kind", ONCE)
def test_what_stays_broken_ends_with_one_message(kind):
    done = asked(always(ONCE[kind], close=True), "--retries", "1")
    assert (done.returncode, text_of(done), done.posts) == (1, "", 2), errors_of(done)
    assert errors_of(done).count("braid: ") == 1, errors_of(done)
    assert len(errors_of(done)) < 1500


ANSWERS = {
    "usage of every odd kind": whole(
        completion(
            "good",
            usage={
                "prompt_tokens": "7",
                "completion_tokens": -3,
                "prompt_tokens_details": {"cached_tokens": 1e300},
                "total_tokens": None,
            },
        )
    ),
    "usage beyond all numbers": whole(
        completion(
            "good", usage={"prompt_tokens": 9223372036854775807, "completion_tokens": 10**40}
        )
    ),
    "usage of null": whole(completion("good", usage=None)),
    "usage that is a list": whole(completion("good", usage=[])),
    "NaN": whole(completion("good", logprobs=float("nan"), more=[float("-inf")])),
    "members twice": whole('{"choices": [], ' + completion("good")[1:]),
    "a byte-order mark": whole(b"\xef\xbb\xbf" + completion("good").encode()),
    "an error of null": whole(completion("good", error=None)),
    "content in pieces": whole(
        json.dumps(
            {
                "choices": [
                    {"message": {"content": [{"type": "text", "text": "go"}, {"text": "od"}]}}
                ]
            }
        )
    ),
    "choices in another order": whole(
        json.dumps(
            {
                "choices": [
                    {"index": 1, "message": {"content": "other"}},
                    {"index": 0, "message": {"content": "good"}},
                ]
            }
        )
    ),
    "plain text as its type": whole(completion("good"), kind="text/plain"),
    "interim replies": b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + GOOD,
    "HTTP/1.0 until the end": head(version="1.0") + completion("good").encode(),
    "no length, until the end": head() + completion("good").encode(),
    "a length that is too large": head(length=5000) + completion("good").encode(),
    "chunks": head(more=CHUNKED)
    + b"".join(chunk(bytes([c])) for c in completion("good").encode())
    + b"0\r\ntrailer: x\r\n\r\n",
    "gzip that nobody asked for": whole(
        gzip.compress(completion("good").encode()), more=("content-encoding: gzip",)
    ),
    "deflate": whole(
        zlib.compress(completion("good").encode()), more=("content-encoding: deflate",)
    ),
    "br that nobody asked for": whole(
        as_brotli(completion("good").encode()), more=("content-encoding: br",)
    ),
    "zstd that nobody asked for": whole(
        as_zstandard(completion("good").encode()), more=("content-encoding: zstd",)
    ),
    "gzip within br": whole(
        as_brotli(gzip.compress(completion("good").encode())),
        more=("content-encoding: gzip, br",),
    ),
    "60 headers": whole(completion("good"), more=[f"x-{i}: {i}" for i in range(60)]),
    "headers of odd limits": whole(
        completion("good"),
        more=(
            "x-ratelimit-limit-requests: nan",
            "x-ratelimit-remaining-requests: -5",
            "x-ratelimit-reset-requests: 1e999",
            "x-ratelimit-limit-tokens: 0",
            "x-ratelimit-limit: inf",
            "retry-after: soon",
        ),
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_odd_answers_are_answers(tmp_path, kind):
    done = asked(always(ANSWERS[kind], close=True), "--stats", "s.json", cwd=tmp_path)
    assert (done.returncode, text_of(done), done.posts) == (0, "good", 1), errors_of(done)
    tokens = stats(tmp_path / "s.json")["tokens"]
    assert all(0 <= count <= 10**13 for count in tokens.values())


def test_a_body_shorter_than_said_that_stays_open_is_an_answer_if_it_is_one(tmp_path):
    def handle(connection, _):
        connection.send(head(length=9999) + completion("good").encode())
        server_over.wait(20)

    with RawServer(handle) as server:
        server_over = server.over
        done = ask(server, "x", "--timeout", "1", timeout=15)
        assert len(server.requests) == 1
    assert (done.returncode, text_of(done)) == (0, "good")


def test_a_head_without_end_is_given_up():
    def handle(connection, _):
        connection.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.send(b"x-more: " + b"y" * 1000 + b"\r\n")

    done = asked(handle)
    assert (done.returncode, done.posts) == (1, 1)
    assert "longer than any answer" in errors_of(done)


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip bomb"])
def test_a_body_without_end_is_given_up(zipped):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    megabyte = b"a" * (1 << 20)
    bomb = b"".join(packer.compress(megabyte) for _ in range(100)) + packer.flush()

    def handle(connection, _):
        if zipped:
            connection.send(whole(bomb, more=("content-encoding: gzip",)))
            return False
        connection.send(head())
        while True:
            connection.send(megabyte)

    done = asked(handle)
    assert (done.returncode, done.posts) == (1, 1)
    assert "longer than any answer" in errors_of(done)


@pytest.mark.parametrize("how", ["before", "in the head", "in the body"])
def test_a_connection_that_is_reset_is_made_again(how):
    def handle(connection, _):
        if connection.count == 1:
            if how != "before":
                connection.send(GOOD[:20] if how == "in the head" else GOOD[:-10])
            return connection.reset()
        connection.send(GOOD)
        return True

    done = asked(handle)
    assert (done.returncode, text_of(done), done.posts) == (0, "good", 2), errors_of(done)


def test_connections_that_the_server_closes_between_requests(tmp_path):
    (tmp_path / "in.txt").write_text("".join(f"line {i}\n" for i in range(40)))

    def handle(connection, _):
        connection.send(GOOD)
        return connection.requests < 2

    with RawServer(handle) as server:
        words = ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines", "--merge", "jsonl"]
        more = ["--max-in-flight", "2", "--retries", "0", "--stats", "s.json"]
        done = ask(server, *words, *more, cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, '"good"\n' * 40), errors_of(done)
    # What was written to a connection that had just been closed may have been seen.
    assert len(server.requests) == 40 <= stats(tmp_path / "s.json")["attempts"]


def refusal(*more, message="slow down", code=None, status="429 Too Many Requests"):
    body = {"error": {"message": message, "code": code}}
    return whole(json.dumps(body), status, more=more)


@pytest.mark.parametrize(
    "refused",
    [
        refusal("retry-after: 0"),
        refusal("retry-after: -5"),
        refusal("retry-after: nan"),
        refusal("retry-after: Thu, 01 Jan 1970 00:00:00 GMT"),
        refusal("retry-after-ms: 1"),
        refusal(),
        refusal(message="Rate limit reached. Please try again in 20ms. Visit our billing page."),
    ],
    ids=["0", "negative", "nan", "past", "1 ms", "nothing", "in words"],
)
def test_a_server_that_only_refuses_is_not_hammered(refused):
    done = asked(always(refused), "--give-up", "2")
    assert done.returncode == 3
    assert "nothing but refusals" in errors_of(done)
    assert 2 <= done.posts < 30


@pytest.mark.parametrize("status", ["401 X", "403 X", "404 X", "400 X", "307 X"])
def test_x_should_retry_overrides_the_status(status):
    refused = refusal("x-should-retry: true", status=status)
    done = asked(first(refused, close=False))
    assert (done.returncode, text_of(done), done.posts) == (0, "good", 2), errors_of(done)


def test_a_wait_in_words_is_kept():
    at = []

    def handle(connection, _):
        at.append(time.monotonic())
        limit = "Rate limit reached for requests per min (RPM). Please try again in 1.2s. Visit "
        connection.send(refusal(message=limit + "/billing") if len(at) == 1 else GOOD)
        return True

    done = asked(handle)
    assert (done.returncode, done.posts) == (0, 2)
    assert at[1] - at[0] >= 1.2


STOPS = {
    "401": (refusal(status="401 Unauthorized", message=f"wrong: {KEY}"), "key"),
    "403": (refusal(status="403 Forbidden"), "key"),
    "402": (refusal(status="402 Payment Required"), "paid"),
    "quota": (refusal(code="insufficient_quota", message="You exceeded your quota"), "quota"),
    "quota with Retry-After": (refusal("retry-after: 1", code="insufficient_quota"), "quota"),
    "model": (refusal(status="404 Not Found", message="model 'm' not found"), "no such model"),
    "address": (whole("<html>", "404 Not Found", kind="text/html"), "base URL"),
    "405": (whole("", "405 Method Not Allowed"), "base URL"),
    "a redirect to itself": (whole("", "307 X", more=("location: /v1/chat/completions",)), "base"),
    "a redirect to nowhere": (whole("", "302 Found"), "base URL"),
    "an hour": (refusal("retry-after: 3600"), "3600 s"),
    "ten minutes, by 503": (refusal("retry-after: 600", status="503 X"), "600 s"),
}


@pytest.mark.parametrize("kind", STOPS)
def test_what_stops_all_is_said_once(tmp_path, kind):
    reply, expected = STOPS[kind]
    done = asked(always(reply), "--stats", "s.json", cwd=tmp_path)
    assert (done.returncode, done.posts) == (3, 1)
    assert expected in errors_of(done)
    assert stats(tmp_path / "s.json")["attempts"] == 1


LOST = {
    "x-should-retry": (refusal("x-should-retry: false", status="500 X"), "HTTP 500"),
    "x-should-retry at 429": (refusal("x-should-retry: false"), "HTTP 429"),
    "length": (
        whole('{"choices": [{"finish_reason": "length", "message": {"content": ""}}]}'),
        "max_tokens",
    ),
    "content_filter": (
        whole('{"choices": [{"finish_reason": "content_filter", "message": {"content": "a"}}]}'),
        "content filter",
    ),
    "refusal": (
        whole('{"choices": [{"message": {"content": null, "refusal": "I cannot"}}]}'),
        "refuses: I cannot",
    ),
    "a refusal in pieces": (
        whole('{"choices": [{"message": {"content": [{"type": "refusal", "refusal": "no"}]}}]}'),
        "refuses: no",
    ),
    "a tool": (
        whole('{"choices": [{"message": {"content": null, "tool_calls": [{"id": "1"}]}}]}'),
        "calls a tool",
    ),
    "too long": (
        refusal(status="400 Bad Request", code="context_length_exceeded"),
        "longer than the model can read",
    ),
    "400": (refusal(status="400 Bad Request", message="no\nsuch\x1b[31m thing"), "no such"),
    "413": (whole("", "413 Payload Too Large"), "longer than the model can read"),
    "418": (whole("teapot", "418 X"), "HTTP 418: teapot"),
}


@pytest.mark.parametrize("kind", LOST)
def test_what_will_never_work_is_sent_once(kind):
    reply, expected = LOST[kind]
    done = asked(always(reply))
    assert (done.returncode, text_of(done), done.posts) == (1, "", 1), errors_of(done)
    assert expected in errors_of(done)


@pytest.mark.parametrize("before", [0, 180, 190, 199])
@pytest.mark.parametrize("status", ["400 X", "500 X", "401 X"])
def test_no_piece_of_the_key_is_shown(tmp_path, before, status):
    body = "x" * before + KEY + " is wrong; Authorization: Bearer " + KEY
    done = asked(
        always(whole(body, status)),
        *["--retries", "0", "--parts", "p.jsonl", "--journal", "j", "--report", "r.html"],
        cwd=tmp_path,
    )
    assert done.returncode in (1, 3)
    for path in tmp_path.iterdir():
        assert KEY[:10] not in path.read_text(), path
    assert KEY[:10] not in errors_of(done)


def test_a_key_in_the_names_of_an_answer_reaches_no_file(tmp_path):
    reply = json.dumps(
        {
            "model": KEY,
            "choices": [{"finish_reason": KEY, "message": {"content": f"you are {KEY}"}}],
        }
    )
    words = ["--journal", "j", "--cache", "c", "--parts", "p", "--stats", "s", "--report", "r"]
    done = asked(always(whole(reply.replace("sk-", "\\u0073k-"))), *words, cwd=tmp_path)
    assert done.returncode == 0
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_a_server_that_answers_before_it_has_read_all():
    """The request is long, and the reply and the end come before its last byte."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for reply in (refusal("retry-after-ms: 10"), GOOD):
                plug, _ = listener.accept()
                with plug:
                    got = plug.recv(1000)
                    if reply is GOOD:
                        top, _, body = got.partition(b"\r\n\r\n")
                        while b'"}]}' not in body[-8:]:
                            body += plug.recv(1 << 20)
                    plug.sendall(reply)
                    plug.shutdown(socket.SHUT_WR)
                    while reply is not GOOD and plug.recv(1 << 20):
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        done = ask(None, "look", "--base-url", url, stdin=b"word " * 1_000_000)
        thread.join(10)
    assert (done.returncode, text_of(done)) == (0, "good"), errors_of(done)
