"""Texts too long for memory go through files without a name, and come back as they were."""

import json
import resource
import subprocess

import pytest
from asking import ask, environment, errors_of, rows, words_of
from model_server import Reply, Server

SIZE = 24 << 20
WORDS = ["--prompt", "{chunk}", "--split", "lines", "--tokens", 500_000]


def echo(call):
    return Reply(call.prompt)


def long_text():
    line = "A line of words, 字 and caf\u00e9, and \ue000 one more.\r\n".encode()
    return (line * (SIZE // len(line) + 1))[:SIZE] + b"\xff\n no end"


def test_a_long_text_comes_back(tmp_path):
    text = long_text()
    (tmp_path / "in.txt").write_bytes(text)
    words = [*WORDS, "--each", "in.txt", "-o", "out", "--parts", "parts"]
    with Server(echo) as server:
        done = ask(server, *words, cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert (tmp_path / "out").read_bytes() == text
    parts = [row["text"].encode() for row in rows(tmp_path / "parts")]
    assert len(parts) == len(server.calls) > 10
    assert sum(map(len, parts)) > SIZE * 0.9
    assert not list(tmp_path.glob("*braid*"))


def test_so_does_one_from_stdin_and_in_json_lines(tmp_path):
    text = long_text()[:SIZE].decode(errors="ignore")
    with Server(echo) as server:
        done = ask(server, *WORDS, "--each", "-", "--merge", "jsonl", cwd=tmp_path, stdin=text)
    assert done.returncode == 0, errors_of(done)
    said = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert "\r\n".join(said) == text.rstrip()


@pytest.mark.parametrize("kind", ["in another folder", "in memory"])
def test_it_comes_back_wherever_it_is_kept(tmp_path, kind):
    text = long_text()
    (tmp_path / "in.txt").write_bytes(text)

    def limit():
        if kind == "in memory":
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with Server(echo) as server:
        done = subprocess.run(
            words_of(server, [*WORDS, "--each", "in.txt"]),
            cwd=tmp_path,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=environment(TMPDIR=str(tmp_path / "none")),
            preexec_fn=limit,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, errors_of(done)
    assert done.stdout == text
