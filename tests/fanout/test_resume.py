"""A finished journal gives the same bytes and sends nothing, also where a first call had failed and
others took its place; so does a cache."""

import json

from asking import ask, errors_of, text_of
from model_server import Reply, Server, error


def resumed(tmp_path, words, answer):
    """Runs it twice on one journal, the second time with a server that would answer otherwise."""
    with Server(answer) as server:
        first = ask(server, *words, "--journal", "j", cwd=tmp_path)
        assert first.returncode == 0, errors_of(first)
        log = text_of(ask(None, "log", "j", cwd=tmp_path))
    with Server(lambda call: Reply("something else")) as server:
        again = ask(server, *words, "--journal", "j", "--resume", cwd=tmp_path)
        assert (again.returncode, server.posts) == (0, 0), errors_of(again)
    assert again.stdout == first.stdout
    return log


def cached(tmp_path, words, answer):
    """Runs it twice with one cache, the second time with a server that would answer otherwise."""
    with Server(answer) as server:
        first = ask(server, *words, "--cache", "c", cwd=tmp_path)
        assert (first.returncode, server.posts > 1) == (0, True), errors_of(first)
        url = server.url
    again = ask(None, *words, "--cache", "c", "--base-url", url, "--retries", "0", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, first.stdout), errors_of(again)


def test_a_fallback(tmp_path):
    (tmp_path / "w.toml").write_text(
        "braid = 1\n"
        'model.default = { name = "first", fallback = "second" }\n'
        'model.second = "second"\n'
        'part.a = "hello"\n'
    )

    def answer(call):
        return error(400, "no") if call.body["model"] == "first" else Reply("from the second")

    log = resumed(tmp_path, ["w.toml"], answer)
    # The cache does not take one model's answer for the other's.
    with Server(answer) as server:
        for posts in (2, 3):
            done = ask(server, "w.toml", "--cache", "c", cwd=tmp_path)
            assert (text_of(done), server.posts) == ("from the second", posts), errors_of(done)
    assert "a 0 draw 0: made from the answers of other calls" in log
    assert "j: 1 answers" in log


def test_records_that_were_asked_for_alone(tmp_path):
    lines = "".join(json.dumps({"id": i}) + "\n" for i in range(4))
    (tmp_path / "in.jsonl").write_text(lines)

    def answer(call):
        asked = call.body["messages"][0]["content"].strip().splitlines()
        kept = asked if len(asked) == 1 else [each for each in asked if '"id": 2' not in each]
        return Reply("[" + ",".join(kept) + "]")

    words = ["--prompt", "{chunk}", "--each", "in.jsonl", "--batch", "4", "--covers", "/id"]
    resumed(tmp_path, words, answer)
    cached(tmp_path, words, answer)


def test_a_chunk_that_was_cut_again(tmp_path):
    (tmp_path / "in.txt").write_text("one sentence of a text. " * 40)

    def answer(call):
        if len(call.prompt) > 400:
            return error(400, "maximum context length", code="context_length_exceeded")
        return Reply(call.prompt)

    words = ["--prompt", "{chunk}", "--each", "in.txt"]
    resumed(tmp_path, words, answer)
    cached(tmp_path, words, answer)
