"""A text that is not UTF-8 comes back byte for byte, though requests and replies are UTF-8."""

import json

from asking import ask, errors_of
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


def test_files_of_json_stay_utf_8(tmp_path):
    (tmp_path / "in.txt").write_bytes(b"caf\xe9\nnone\n")
    words = ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines", "--merge", "jsonl"]
    with Server(echo) as server:
        done = ask(server, *words, "--parts", "parts", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert [json.loads(line) for line in done.stdout.decode().splitlines()] == ["caf\uefe9", "none"]
    (tmp_path / "parts").read_text(encoding="utf-8")


def test_utf_8_is_left_alone(tmp_path):
    text = "caf\u00e9 \uefe9"
    (tmp_path / "in.txt").write_text(text, encoding="utf-8")
    with Server(echo) as server:
        done = ask(server, "--prompt", "{chunk}", "--each", "in.txt", cwd=tmp_path)
    assert (done.stdout.decode(), server.calls[0].prompt) == (text, text)
    assert "UTF-8" not in errors_of(done)
