"""Journal, resume, cache, budget: what was paid for is kept, and no more is spent than allowed."""

import json
import random
import resource
import signal
import subprocess
import time

import pytest
from asking import ask, environment, errors_of, rows, stats, text_of, words_of
from model_server import Reply, Server, error


def lines_file(tmp_path, count):
    (tmp_path / "in.txt").write_text("".join(f"line {i}\n" for i in range(count)))
    return ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines"]


def whole(count):
    return "".join(f"line {i}\n" for i in range(count))


def start(server, words, cwd):
    return subprocess.Popen(
        words_of(server, words),
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.002)


def test_killed_in_the_middle_pays_twice_only_what_was_in_flight(tmp_path):
    words = [*lines_file(tmp_path, 400), "--journal", "j", "--max-in-flight", "20", "-o", "out"]
    with Server(latency=0.01) as server:
        child = start(server, words, tmp_path)
        wait_for(lambda: server.answered >= 200)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=20)
        assert not (tmp_path / "out").exists()
        before = server.posts
        done = ask(server, *words, "--resume", "--stats", "s.json", cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert (tmp_path / "out").read_text() == whole(400)
    assert server.posts - before <= 400 - 200 + 20
    assert server.posts <= 400 + 20


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_random_instants_the_output_is_the_same(tmp_path, seed):
    chance = random.Random(seed)
    words = [
        *lines_file(tmp_path, 60),
        "--journal",
        "j",
        "--max-in-flight",
        "8",
        "-o",
        "out",
        "--resume",
    ]
    with Server(latency=0.01, jitter=0.02) as server:
        kills = 0
        for _ in range(4):
            child = start(server, words, tmp_path)
            time.sleep(chance.random() * 0.15)
            child.send_signal(signal.SIGKILL)
            child.communicate(timeout=20)
            kills += 1
        done = ask(server, *words, cwd=tmp_path)
    assert done.returncode == 0, errors_of(done)
    assert (tmp_path / "out").read_text() == whole(60)
    assert server.posts <= 60 + 8 * kills


def test_a_finished_journal_gives_the_same_bytes_and_sends_nothing(tmp_path):
    words = [*lines_file(tmp_path, 20), "--journal", "j"]
    with Server(lambda call: Reply(f"{call.prompt} answered {call.number}")) as server:
        first = ask(server, *words, cwd=tmp_path)
        again = ask(server, *words, "--resume", cwd=tmp_path)
        assert server.posts == 20
    assert first.stdout == again.stdout
    # The base URL is no part of the journal's key.
    with Server() as other:
        moved = ask(other, *words, "--resume", cwd=tmp_path)
        assert other.posts == 0
    assert moved.stdout == first.stdout


def test_an_existing_journal_and_a_second_writer_are_refused(tmp_path):
    words = [*lines_file(tmp_path, 40), "--journal", "j", "--max-in-flight", "2"]
    with Server(latency=0.05) as server:
        child = start(server, words, tmp_path)
        wait_for(lambda: server.answered >= 3)
        second = ask(server, *words, "--resume", cwd=tmp_path)
        assert second.returncode == 2
        assert "another run" in errors_of(second)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=20)
        third = ask(server, *words, cwd=tmp_path)
        assert third.returncode == 2
        assert "--resume" in errors_of(third)


def test_a_torn_tail_is_cut_off(tmp_path):
    words = [*lines_file(tmp_path, 10), "--journal", "j"]
    with Server() as server:
        ask(server, *words, cwd=tmp_path)
        whole_journal = (tmp_path / "j").read_bytes()
        for cut in (1, 5, 40, 200):
            (tmp_path / "j").write_bytes(whole_journal[:-cut])
            done = ask(server, *words, "--resume", cwd=tmp_path)
            assert (done.returncode, text_of(done)) == (0, whole(10))
        log = ask(None, "log", "j", cwd=tmp_path)
    assert log.returncode == 0
    assert "10 answers" in text_of(log)


def test_a_file_that_is_no_journal_is_left_alone(tmp_path):
    (tmp_path / "j").write_text("my thesis\n")
    with Server() as server:
        done = ask(server, "x", "--journal", "j", "--resume", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "j").read_text() == "my thesis\n"
    assert server.posts == 0


def test_failures_are_never_kept(tmp_path):
    with Server(lambda call: error(400, "no")) as server:
        words = ["x", "--journal", "j", "--cache", "c"]
        assert ask(server, *words, cwd=tmp_path).returncode == 1
        server.answer = lambda call: Reply("yes")
        done = ask(server, *words, "--resume", cwd=tmp_path)
    assert (done.returncode, text_of(done), server.posts) == (0, "yes", 2)


def test_the_cache_keeps_draws_apart(tmp_path):
    words = ["--prompt", "a number", "--repeat", "5", "--cache", "c", "--parts", "p.jsonl"]
    with Server(lambda call: Reply(f"draw {call.number}")) as server:
        first = ask(server, *words, cwd=tmp_path)
        assert server.posts == 5
        second = ask(server, *words, cwd=tmp_path)
        assert server.posts == 5
    assert first.stdout == second.stdout
    assert len(rows(tmp_path / "p.jsonl")) == 5
    assert len(set(text_of(first).splitlines())) == 5


def test_equal_records_are_both_paid_unless_deduped(tmp_path):
    (tmp_path / "in.txt").write_text("same\n" * 6)
    words = ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines"]
    with Server() as server:
        assert ask(server, *words, cwd=tmp_path).returncode == 0
        assert server.posts == 6
        done = ask(server, *words, "--dedupe", cwd=tmp_path)
        assert (done.returncode, text_of(done)) == (0, "same\n" * 6)
        assert server.posts == 7


def test_a_journal_that_cannot_grow_stops_the_run(tmp_path):
    words = [
        *lines_file(tmp_path, 50),
        "--journal",
        "j",
        "--merge",
        "jsonl",
        "--max-in-flight",
        "2",
    ]

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    with Server() as server:
        child = subprocess.run(
            words_of(server, words),
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            preexec_fn=limit,
            check=False,
        )
        assert child.returncode == 3, child.stderr
        assert b"journal cannot be written" in child.stderr
        assert 3 < server.posts < 50
        paid = server.posts
        done = ask(server, *words, "--resume", cwd=tmp_path)
        assert done.returncode == 0
        assert server.posts <= 50 + 4
        assert paid < 50


def test_a_journal_is_an_ordinary_file():
    with Server() as server:
        assert ask(server, "x", "--journal", "/dev/full").returncode == 2
    assert server.posts == 0


@pytest.mark.parametrize("usage", [True, False], ids=["counted", "not counted"])
def test_a_budget_in_tokens_is_never_passed_and_well_used(tmp_path, usage):
    prompt = "word " * 20

    def answer(call):
        return Reply("answer " * 5, usage=usage)

    (tmp_path / "in.txt").write_text("".join(f"{prompt}{i}\n" for i in range(300)))
    words = [
        "--prompt",
        "{chunk}",
        "--each",
        "in.txt",
        "--split",
        "lines",
        "--max-tokens",
        "12",
        "--budget-tokens",
        "6000",
        "--max-in-flight",
        "20",
        "--merge",
        "jsonl",
        "--stats",
        "s.json",
    ]
    with Server(answer, latency=0.01) as server:
        done = ask(server, *words, cwd=tmp_path)
    assert done.returncode == 3
    assert "budget" in errors_of(done)
    used = server.tokens["prompt"] + server.tokens["completion"]
    if usage:
        assert 0.9 * 6000 <= used <= 6000
    else:
        assert 5 <= server.posts <= 6000 // 100


def test_a_budget_spans_resumes(tmp_path):
    words = [
        *lines_file(tmp_path, 100),
        "--max-tokens",
        "10",
        "--budget-tokens",
        "250",
        "--journal",
        "j",
        "--resume",
        "--merge",
        "jsonl",
    ]
    with Server(latency=0.005) as server:
        for _ in range(3):
            assert ask(server, *words, cwd=tmp_path).returncode == 3
    assert server.tokens["prompt"] + server.tokens["completion"] <= 250


def test_a_budget_in_dollars(tmp_path):
    (tmp_path / "prices.toml").write_text('["m"]\ninput = 1000\noutput = 2000\n')
    words = [
        *lines_file(tmp_path, 50),
        "--model",
        "m",
        "--prices",
        "prices.toml",
        "--max-tokens",
        "10",
        "--budget-usd",
        "0.2",
        "--merge",
        "jsonl",
        "--stats",
        "s.json",
    ]
    with Server() as server:
        done = ask(server, *words, cwd=tmp_path)
        assert (
            ask(
                server, *words[:-4], "--budget-usd", "1", "--model", "other", cwd=tmp_path
            ).returncode
            == 2
        )
    assert done.returncode == 3
    cost = (server.tokens["prompt"] * 1000 + server.tokens["completion"] * 2000) / 1e6
    assert cost <= 0.2
    assert stats(tmp_path / "s.json")["usd"] == pytest.approx(cost, abs=1e-5)


def test_a_budget_needs_bounds(tmp_path):
    with Server() as server:
        assert ask(server, "x", "--budget-tokens", "100").returncode == 2
        assert ask(server, "x", "--budget-usd", "1", "--max-tokens", "5").returncode == 2
    assert server.posts == 0


def test_an_interrupt_waits_for_what_is_in_flight_and_keeps_it(tmp_path):
    words = [*lines_file(tmp_path, 200), "--journal", "j", "--max-in-flight", "4"]
    with Server(latency=0.1) as server:
        child = start(server, words, tmp_path)
        wait_for(lambda: server.answered >= 4)
        child.send_signal(signal.SIGINT)
        _, complaint = child.communicate(timeout=20)
        assert child.returncode == 130, complaint
        paid = server.posts
        log = ask(None, "log", "j", cwd=tmp_path)
        assert f"{paid} answers" in text_of(log)
        done = ask(server, *words, "--resume", cwd=tmp_path)
        assert paid < 200
        assert (done.returncode, server.posts) == (0, 200)


def test_a_second_interrupt_gives_up(tmp_path):
    with Server(lambda call: Reply("late", delay=30)) as server:
        child = start(server, ["--prompt", "x"], tmp_path)
        wait_for(lambda: server.posts >= 1)
        child.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=10)
    assert child.returncode == 130


def test_rows_hold_what_is_promised(tmp_path):
    with Server() as server:
        ask(server, "hello", "--parts", "p.jsonl", "--stats", "s.json", cwd=tmp_path)
    (row,) = rows(tmp_path / "p.jsonl")
    assert list(row) == [
        "part",
        "index",
        "draw",
        "status",
        "text",
        "error",
        "attempts",
        "prompt_tokens",
        "cached_tokens",
        "completion_tokens",
        "usd",
        "seconds",
    ]
    numbers = json.loads((tmp_path / "s.json").read_text())
    assert {"calls", "attempts", "refused", "lost", "tokens", "usd", "seconds"} <= set(numbers)
    assert set(numbers["tokens"]) == {"prompt", "cached", "completion"}
