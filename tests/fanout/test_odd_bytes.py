"""A text that is not UTF-8 comes back byte for byte, though requests and replies are UTF-8."""

import json
import subprocess

import pytest
from asking import ask, environment, errors_of, rows, stats, words_of
from model_server import Reply, Server

ODD = (
    b"\xef\xbb\xbfA mark, a NUL \0, caf\xe9 and \xff.\r\n\r\n"
    b"Private: \xee\xbe\x80, cut: \xe5\xad.\r\n\r\n\xfe no end"
)


def echo(call):
    return Reply(call.prompt)


def test_what_is_not_utf_8_is_sent_as_characters_and_put_back(tmp_path):
    (tmp_path / "in.txt").write_bytes(ODD)
    words = ["--prompt", "{chunk}", "--each", "in.txt", "--journal", "j", "--resume", "-o", "out"]
    with Server(echo) as server:
        done = ask(server, *words, cwd=tmp_path)
        assert done.returncode == 0, errors_of(done)
        assert (tmp_path / "out").read_bytes() == ODD
        assert "in.txt is not all UTF-8" in errors_of(done)
        assert server.posts == 3
        (tmp_path / "out").unlink()
        again = ask(server, *words, cwd=tmp_path)
        assert (again.returncode, server.posts) == (0, 3)
    assert (tmp_path / "out").read_bytes() == ODD
    assert server.calls[0].prompt.endswith("caf\uefe9 and \uefff.")


def bytes_of(text):
    """As docs/ask.md says."""
    table = {0xEF00 + b: 0xDC00 + b for b in range(128, 256)}
    return text.translate(table).encode(errors="surrogateescape")


def test_what_files_of_json_hold_gives_the_bytes(tmp_path):
    lines = [bytes(range(1, 256)).replace(b"\n", b"").replace(b"\r", b""), b"none", ODD[40:60]]
    lines.append(b"of its own: \xee\xbe\x80 \xee\xbf\xbf")
    (tmp_path / "in.txt").write_bytes(b"\n".join(lines))
    words = ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines", "--merge", "jsonl"]
    more = ["--parts", "parts", "--stats", "s", "--journal", "j", "--resume", "--report", "r"]
    with Server(echo) as server:
        for _ in range(2):
            done = ask(server, *words, *more, cwd=tmp_path)
            assert done.returncode == 0, errors_of(done)
            found = [json.loads(line) for line in done.stdout.decode().splitlines()]
            assert [bytes_of(each) for each in found] == [line.strip() for line in lines]
            texts = [each["text"] for each in rows(tmp_path / "parts")]
            assert texts == found
        assert server.posts == len(lines)
    assert "stays in the result" in errors_of(done)
    assert stats(tmp_path / "s")["not_utf8"] == ["in.txt"]
    for name in ("j", "r"):
        (tmp_path / name).read_text(encoding="utf-8")


OUT = {
    "a prompt": ["--part", b"a=caf\xe9"],
    "the only prompt": [b"caf\xe9"],
    "a prompt of a file": ["--part", "a=@latin"],
    "a system message": ["x", "--system", b"caf\xe9"],
    "a system message of a file": ["x", "--system", "@latin"],
    "a model": ["x", "--model", b"caf\xe9"],
    "a choice": ["--prompt", "x", "--repeat", "3", "--choices", b"caf\xe9,no"],
    "criteria": ["--prompt", "x", "--repeat", "3", "--criteria", "latin"],
    "a synthesis": ["--part", "a=x", "--part", "b=y", "--synthesise", b"{parts} \xe9"],
    "more fields": ["x", "--extra", b'{"a": "\xe9"}'],
    "a schema": ["x", "--schema", "schema"],
    "a request": ["--requests", "request"],
    "half a pair in a request": ["--requests", "half"],
    "half a pair in more fields": ["x", "--extra", '{"a": "\\udce9"}'],
}


@pytest.mark.parametrize("kind", OUT)
def test_what_goes_out_as_it_is_must_be_utf_8(tmp_path, kind):
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    (tmp_path / "schema").write_bytes(b'{"type": "object", "properties": {"\xe9": {}}}')
    message = b'{"messages": [{"role": "user", "content": "\xe9"}]}'
    (tmp_path / "request").write_bytes(message)
    (tmp_path / "half").write_bytes(message.replace(b"\xe9", b"\\ud83d"))
    with Server(echo) as server:
        command = [word.encode() for word in words_of(server, [])]
        command += [word if isinstance(word, bytes) else word.encode() for word in OUT[kind]]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    assert (done.returncode, done.stdout, server.posts) == (2, b"", 0), done.stderr
    assert b"UTF-8" in done.stderr or b"JSON" in done.stderr


def test_texts_of_our_own_are_bytes(tmp_path):
    """What stands between parts is never sent; a value is an input like others."""
    (tmp_path / "w.toml").write_text('braid = 1\nset.a = "x"\npart.p = "{a}"\n')
    with Server(echo) as server:
        words = ["--part", "a=x", "--part", "b=y", "--join"]
        done = subprocess.run(
            [word.encode() for word in words_of(server, words)] + [b"\xe9"],
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        assert done.stdout == b"x\xe9y"
        command = [word.encode() for word in words_of(server, ["w.toml", "--set"])]
        done = subprocess.run(
            [*command, b"a=caf\xe9"],
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        assert done.stdout == b"caf\xe9"


def test_the_log_of_a_journal_is_one_line_of_text_an_answer(tmp_path):
    text = "\x1b[31m" + "\u5b57" * 40 + "\r\nend"
    with Server(lambda call: Reply(text)) as server:
        assert ask(server, "x", "--journal", "j", cwd=tmp_path).returncode == 0
    done = ask(None, "log", "j", cwd=tmp_path)
    first, last = done.stdout.decode().splitlines()
    assert first.endswith("\u5b57\u2026") and "\x1b" not in first
    assert last.startswith("j: 1 answers")


def test_utf_8_is_left_alone(tmp_path):
    text = "caf\u00e9 \uefe9"
    (tmp_path / "in.txt").write_text(text, encoding="utf-8")
    with Server(echo) as server:
        done = ask(server, "--prompt", "{chunk}", "--each", "in.txt", cwd=tmp_path)
    assert (done.stdout.decode(), server.calls[0].prompt) == (text, text)
    assert "UTF-8" not in errors_of(done)
