"""The thin thread: each split, each merge and each exit status once."""

import json

from asking import ask, errors_of, rows, stats, text_of
from model_server import Reply, Server, error


def test_one_prompt_with_stdin_as_its_subject():
    with Server(lambda call: Reply("a summary")) as server:
        answer = ask(server, "Summarise this.", stdin="the notes\n")
    assert (answer.returncode, text_of(answer)) == (0, "a summary")
    assert server.calls[0].prompt == "the notes\n\n\nSummarise this."
    assert server.calls[0].headers["authorization"].startswith("Bearer sk-test")


def test_by_aspect_stitched(tmp_path):
    (tmp_path / "plan.md").write_text("the plan")
    with Server(lambda call: Reply(call.prompt.split()[-1].upper())) as server:
        answer = ask(
            server,
            "--subject",
            "plan.md",
            "--part",
            "risks=list risks",
            "--part",
            "cost=name cost",
            "--parts",
            "p.jsonl",
            "--stats",
            "s.json",
            cwd=tmp_path,
        )
    assert (answer.returncode, text_of(answer)) == (0, "RISKS\n\nCOST")
    assert [(row["part"], row["status"]) for row in rows(tmp_path / "p.jsonl")] == [
        ("risks", "ok"),
        ("cost", "ok"),
    ]
    totals = stats(tmp_path / "s.json")
    assert totals["calls"] == totals["attempts"] == server.posts == 2
    assert totals["tokens"] == server.tokens
    assert totals["usd"] is None


def test_by_volume_records_as_json_lines(tmp_path):
    records = [{"id": i, "text": f"record {i}"} for i in range(10)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    with Server(latency=0.01, jitter=0.05) as server:
        answer = ask(
            server, "--prompt", "{chunk}", "--each", "in.jsonl", "--merge", "jsonl", cwd=tmp_path
        )
    assert answer.returncode == 0
    assert [json.loads(json.loads(line)) for line in text_of(answer).splitlines()] == records


def test_by_repetition_with_a_vote(tmp_path):
    said = ["Yes.", "no", "**YES**", "yes!", "No"]
    with Server(lambda call: Reply(said[call.number])) as server:
        answer = ask(
            server,
            "--prompt",
            "Is it?",
            "--repeat",
            "5",
            "--choices",
            "yes,no",
            "--stop",
            "never",
            "--max-in-flight",
            "1",
        )
    assert (answer.returncode, text_of(answer)) == (0, "yes")
    assert "margin 1" in errors_of(answer)


def test_a_tie_names_both_and_ends_with_1():
    with Server(lambda call: Reply("yes" if call.number % 2 else "no")) as server:
        answer = ask(server, "--prompt", "Is it?", "--repeat", "4", "--choices", "yes,no")
    assert answer.returncode == 1
    assert text_of(answer) == ""
    assert "yes and no have 2 each" in errors_of(answer)


def test_a_gap_ends_with_1_and_is_named(tmp_path):
    (tmp_path / "in.txt").write_text("one\n\ntwo\n\nthree\n")

    def answer_of(call):
        return error(400, "no") if "two" in call.prompt else Reply(call.prompt)

    with Server(answer_of) as server:
        strict = ask(server, "--prompt", "{chunk}", "--each", "in.txt", cwd=tmp_path)
        loose = ask(
            server,
            "--prompt",
            "{chunk}",
            "--each",
            "in.txt",
            "--missing",
            "best-effort",
            cwd=tmp_path,
        )
    assert (strict.returncode, text_of(strict)) == (1, "")
    assert "answer 1" in errors_of(strict)
    assert loose.returncode == 1
    assert text_of(loose) == "one\n\n[missing: answer 1]\n\nthree\n"


def test_refused_before_anything_is_sent():
    with Server() as server:
        answer = ask(server, "--part", "a=reads {b}", "--part", "b=reads {a}")
        assert answer.returncode == 2
        assert "a → b → a" in errors_of(answer)
        assert ask(server, "about {nothing}").returncode == 2
        assert ask(server, "--resume", "hello").returncode == 2
    assert server.posts == 0


def test_a_wrong_key_stops_with_3():
    with Server(lambda call: error(401, "Incorrect API key provided")) as server:
        answer = ask(server, "hello")
    assert answer.returncode == 3
    assert "key" in errors_of(answer)
    assert server.posts == 1


def test_an_exhausted_quota_stops_with_3():
    full = error(429, "You exceeded your current quota", code="insufficient_quota")
    with Server(lambda call: full) as server:
        answer = ask(server, "--prompt", "hello", "--repeat", "20")
    assert answer.returncode == 3
    assert "quota" in errors_of(answer)
    assert server.posts == 1


def test_a_dependent_part_starts_as_soon_as_what_it_names_is_there():
    delays = {"a": 0.1, "b": 0.6, "c": 0.6, "d": 0.1}

    def answer_of(call):
        name = call.prompt.split()[0]
        return Reply(f"{name}-said", delay=delays[name])

    with Server(answer_of) as server:
        answer = ask(
            server,
            "--part",
            "a=a",
            "--part",
            "b=b",
            "--part",
            "c=c {a}",
            "--part",
            "d=d {b}",
            "--max-in-flight",
            "10",
        )
    assert (answer.returncode, text_of(answer)) == (0, "c-said\n\nd-said")
    sent = {call.prompt.split()[0]: call.at for call in server.calls}
    assert sent["c"] < sent["d"]  # c did not wait for b
    assert {call.prompt for call in server.calls} == {"a", "b", "c a-said", "d b-said"}


def test_braces_in_a_subject_reach_the_server_byte_for_byte():
    subject = 'has {b}, {chunk}, {{x}} and {"x":1}\r\n\ttail'
    with Server() as server:
        answer = ask(server, "look", stdin=subject)
    assert answer.returncode == 0
    assert server.calls[0].prompt == subject + "\n\nlook"


def test_a_dry_run_sends_nothing_and_counts_right(tmp_path):
    (tmp_path / "in.txt").write_text("".join(f"line {i}\n" for i in range(25)))
    words = [
        "--prompt",
        "{chunk}",
        "--each",
        "in.txt",
        "--split",
        "lines",
        "--batch",
        "4",
        "--rpm",
        "60000",
    ]
    with Server() as server:
        dry = ask(server, *words, "--dry-run", cwd=tmp_path)
        assert dry.returncode == 0
        assert server.posts == 0
        assert ask(server, *words, cwd=tmp_path).returncode == 0
    assert f"calls: {server.posts}\n" in text_of(dry)
    assert server.posts == 7


def test_a_word_that_looks_like_a_workflow_is_a_prompt_and_said_to_be_one():
    with Server() as server:
        done = ask(server, "gone.toml")
    assert (done.returncode, text_of(done), server.posts) == (0, "gone.toml", 1)
    assert "gone.toml is no file, so these words are the prompt" in errors_of(done)
