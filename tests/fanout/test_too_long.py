"""What is longer than the model can read is cut again, and nothing of it is lost."""

import json

from asking import ask, errors_of, rows, text_of
from model_server import Reply, Server, error


def reads_at_most(most, answer=lambda call: Reply(call.prompt)):
    def reply(call):
        if len(call.prompt) > most:
            message = f"This model's maximum context length is {most} tokens."
            return error(400, message, code="context_length_exceeded")
        return answer(call)

    return reply


def test_a_chunk_is_cut_again_and_its_answers_are_joined(tmp_path):
    text = "".join(f"Paragraph {i} is here. It has two sentences.\n\n" for i in range(40))
    (tmp_path / "in.txt").write_text(text + "\nthe end, without a line end")
    with Server(reads_at_most(300)) as server:
        words = ["--prompt", "{chunk}", "--each", "in.txt", "--tokens", "300", "--parts", "p"]
        done = ask(server, *words, "--journal", "j", cwd=tmp_path)
        assert (done.returncode, text_of(done)) == (0, (tmp_path / "in.txt").read_text())
        assert "longer than the model can read" in errors_of(done)
        read = [call.prompt for call in server.calls if len(call.prompt) <= 300]
        assert len(read) == len(set(read)) and all(each.endswith((".", "end")) for each in read)
        parts = rows(tmp_path / "p")
        assert {row["status"] for row in parts} == {"ok"}
        assert sum(row["attempts"] for row in parts) == server.posts
        assert sum(row["prompt_tokens"] for row in parts) == server.tokens["prompt"]
        before = server.posts
        again = ask(server, *words, "--journal", "j", "--resume", cwd=tmp_path)
        assert again.stdout == done.stdout
        assert all(len(call.prompt) > 300 for call in server.calls[before:])  # none paid twice


def test_records_keep_their_covers(tmp_path):
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"id": i}) + "\n" for i in range(64)))

    def tag(call):
        records = [json.loads(line) for line in call.prompt.splitlines()]
        return Reply(json.dumps({"tags": [{"id": each["id"], "tag": "t"} for each in records]}))

    with Server(reads_at_most(150, tag)) as server:
        words = ["--prompt", "{chunk}", "--each", "in.jsonl", "--batch", "64", "--covers", "/id"]
        done = ask(server, *words, "--merge", "jsonl", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    (row,) = text_of(done).splitlines()
    assert [each["id"] for each in json.loads(json.loads(row))["tags"]] == list(range(64))


def test_what_cannot_be_cut_fails_with_its_reason(tmp_path):
    (tmp_path / "in.txt").write_text("a long line of words " * 40)
    with Server(reads_at_most(10)) as server:
        done = ask(server, "--prompt", "Look: {chunk}", "--each", "in.txt", cwd=tmp_path)
        assert done.returncode == 1
        assert "longer than the model can read" in errors_of(done)
        assert server.posts < 100
        vote = ["--prompt", "{chunk}?", "--each", "in.txt", "--choices", "yes,no"]
        before = server.posts
        assert ask(server, *vote, cwd=tmp_path).returncode == 1
        assert server.posts == before + 1


def test_a_model_that_can_read_more_comes_before_cutting(tmp_path):
    (tmp_path / "w.toml").write_text(
        """
braid = 1
model.default = { name = "small", fallback = "large" }
model.large = "large"
input.text = { text = "One is here. Two is there. Three is nowhere.", split = "lines" }
part.each = { each = "text", prompt = "{chunk}" }
merge.all = { stitch = "each" }
"""
    )

    def answer(call):
        return reads_at_most(10 if call.body["model"] == "small" else 1000)(call)

    with Server(answer) as server:
        done = ask(server, "w.toml", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert [call.body["model"] for call in server.calls] == ["small", "large"]


def test_a_synthesis_is_written_in_groups(tmp_path):
    (tmp_path / "in.txt").write_text("".join(f"mark{i:02} {'x' * 90}\n" for i in range(32)))

    def answer(call):
        if call.prompt.startswith("SAY"):
            return Reply(call.prompt[4:])
        return reads_at_most(1200, lambda call: Reply("joined"))(call)

    words = ["--prompt", "SAY {chunk}", "--each", "in.txt", "--split", "lines"]
    with Server(answer) as server:
        done = ask(server, *words, "--synthesise", "JOIN {parts}", "--parts", "p", cwd=tmp_path)
    assert (done.returncode, text_of(done)) == (0, "joined"), errors_of(done)
    read = "".join(c.prompt for c in server.calls if c.prompt[0] == "J" and len(c.prompt) <= 1200)
    assert all(read.count(f"mark{i:02}") == 1 for i in range(32))
    assert "written in" in errors_of(done)
    assert all(row["status"] != "failed" for row in rows(tmp_path / "p"))
