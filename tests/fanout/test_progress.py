"""What a terminal shows of a run: how far, how fast, what it cost and how long it takes."""

import os
import pty
import re
import subprocess

from asking import environment, words_of
from model_server import Reply, Server


def shown_on_a_terminal(server, words, cwd):
    near, far = pty.openpty()
    child = subprocess.Popen(
        words_of(server, words),
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=far,
    )
    os.close(far)
    shown = b""
    while True:
        try:
            piece = os.read(near, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(near)
    assert child.wait(30) == 0, shown
    return shown.decode()


def lines_of(shown):
    return [line for line in re.split(r"\r(?:\x1b\[K)?|\n", shown) if " done, " in line]


def words_for(tmp_path, count):
    (tmp_path / "in.txt").write_text("".join(f"line {i}\n" for i in range(count)))
    (tmp_path / "prices.toml").write_text("m = { input = 1000, output = 1000 }\n")
    return ["--prompt", "{chunk}", "--each", "in.txt", "--split", "lines", "--model", "m",
            "--max-in-flight", "2"]  # fmt: skip


def test_progress_with_rate_cost_and_time_left(tmp_path):
    words = [*words_for(tmp_path, 12), "--prices", "prices.toml"]
    with Server(lambda call: Reply("yes", delay=0.15)) as server:
        lines = lines_of(shown_on_a_terminal(server, words, tmp_path))
    form = r"\d+/12 done, \d in flight, \d+\.\d a second, \$\d\.\d{4}, about .+ left"
    assert any(re.fullmatch(form, line) for line in lines), lines


def test_progress_says_that_the_cost_is_unknown(tmp_path):
    with Server(lambda call: Reply("yes", delay=0.15)) as server:
        lines = lines_of(shown_on_a_terminal(server, words_for(tmp_path, 12), tmp_path))
    assert any("cost unknown" in line for line in lines), lines


def test_quiet_shows_nothing(tmp_path):
    with Server(lambda call: Reply("yes", delay=0.15)) as server:
        assert shown_on_a_terminal(server, [*words_for(tmp_path, 6), "--quiet"], tmp_path) == ""
