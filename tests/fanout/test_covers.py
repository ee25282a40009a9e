"""Records that an answer must hold, and schemas that it must fit."""

import json

from asking import ask, errors_of, stats, text_of
from model_server import Reply, Server


def write(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return name


def tags(call, dropped=()):
    records = [json.loads(line) for line in call.prompt.splitlines() if line.startswith("{")]
    return json.dumps(
        [{"id": each["id"], "tag": "t"} for each in records if each["id"] not in dropped]
    )


def covered(tmp_path, count=100):
    write(tmp_path, "in.jsonl", "".join(json.dumps({"id": i}) + "\n" for i in range(count)))
    return [
        "--prompt",
        "Tag:\n{chunk}",
        "--each",
        "in.jsonl",
        "--batch",
        "10",
        "--covers",
        "/id",
        "--merge",
        "jsonl",
    ]


def test_a_dropped_record_is_named_and_asked_for_again(tmp_path):
    def answer(call):
        again = len(call.body["messages"]) > 1
        text = call.body["messages"][0]["content"]
        call.body["messages"][-1] = call.body["messages"][-1] if again else {"content": text}
        records = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        rows_ = [{"id": each["id"], "tag": "t"} for each in records if again or each["id"] != 73]
        return Reply(json.dumps(rows_))

    with Server(answer) as server:
        done = ask(server, *covered(tmp_path), "--stats", "s.json", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert server.posts == 11
    asked = [call for call in server.calls if len(call.body["messages"]) > 1]
    assert len(asked) == 1
    assert "missing: 73" in asked[0].body["messages"][-1]["content"]
    assert stats(tmp_path / "s.json")["reasked"] == 1
    assert stats(tmp_path / "s.json")["tokens"] == server.tokens


def test_in_the_end_only_the_missing_records_go_out(tmp_path):
    def answer(call):
        text = call.body["messages"][0]["content"]
        records = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        lazy = len(records) > 3
        return Reply(
            json.dumps(
                {"tags": [{"id": e["id"]} for e in records if not lazy or e["id"] not in (3, 5)]}
            )
        )

    with Server(answer) as server:
        done = ask(server, *covered(tmp_path, 10), cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert server.posts == 4  # one, two re-asks, and the two that were missing
    last = server.calls[-1].body["messages"][0]["content"]
    assert last == 'Tag:\n{"id": 3}\n{"id": 5}'
    (row,) = text_of(done).splitlines()
    assert [each["id"] for each in json.loads(json.loads(row))["tags"]] == list(range(10))


def test_missing_and_doubled_ids_in_the_input_are_refused(tmp_path):
    words = covered(tmp_path)
    with Server() as server:
        write(tmp_path, "in.jsonl", '{"id": 1}\n{"id": 1}\n')
        assert ask(server, *words, cwd=tmp_path).returncode == 2
        write(tmp_path, "in.jsonl", '{"id": 1}\n{"name": 1}\n')
        done = ask(server, *words, cwd=tmp_path)
        assert done.returncode == 2
        assert "line 2" in errors_of(done)
    assert server.posts == 0


def test_a_server_that_ignores_the_schema_is_asked_again_and_then_named(tmp_path):
    write(
        tmp_path,
        "s.json",
        '{"type": "object", "required": ["tag"], "properties": {"tag": {"enum": ["a", "b"]}}}',
    )

    def answer(call):
        turns = len(call.body["messages"])
        return Reply(
            {1: "no JSON at all", 3: '{"tag": "c"}'}.get(turns, '```json\n{"tag": "a"}\n```')
        )

    with Server(answer) as server:
        done = ask(server, "x", "--schema", "s.json", cwd=tmp_path)
        assert done.returncode == 0, errors_of(done)
        assert server.posts == 3
    with Server(lambda call: Reply('{"tag": "c"}')) as server:
        done = ask(server, "x", "--schema", "s.json", cwd=tmp_path)
        assert (done.returncode, server.posts) == (1, 3)
    assert "/tag" in errors_of(done)


def test_an_unknown_schema_keyword_is_refused(tmp_path):
    write(tmp_path, "s.json", '{"type": "object", "propertys": {}}')
    with Server() as server:
        done = ask(server, "x", "--schema", "s.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean properties?" in errors_of(done)
    assert server.posts == 0
