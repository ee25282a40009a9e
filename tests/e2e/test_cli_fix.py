"""braid fix: what it writes, where, and when not."""

import os
import re
import stat
import subprocess
import sys

import pytest
from command_line import LOOP, braid, environment, environment_with_braid

SEQUENTIAL = """\
import requests

answer = None
for _ in range(9):
    answer = requests.get(answer.url if answer else "http://127.0.0.1/")
"""
CONDITIONAL = """\
import requests

session = requests.Session()

for name in ["a", "b", "c"]:
    print(session.get(f"http://127.0.0.1/{name}").text)
"""


CHAT = """\
import openai

client = openai.OpenAI()
for name in ["a", "b", "c"]:
    answer = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": name}]
    )
    print(answer.choices[0].message.content)
"""


def is_rewritten(text):
    return "ThreadPoolExecutor" in text


def applied(tmp_path, name, diff):
    """What `patch` makes of the file."""
    answer = subprocess.run(
        ["git", "apply", "-p0", "--unsafe-paths", "--directory", str(tmp_path), "-"],
        input=diff, capture_output=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    return (tmp_path / name).read_bytes()


def test_the_diff_is_the_default_and_writes_nothing(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    answer = braid("fix", "x.py", cwd=tmp_path)
    assert answer.returncode == 0
    assert answer.stdout.startswith("--- x.py\n+++ x.py\n@@ ")
    assert answer.stdout == braid("fix", "--diff", "x.py", cwd=tmp_path).stdout
    assert (tmp_path / "x.py").read_text() == LOOP
    assert os.listdir(tmp_path) == ["x.py"]
    assert "-o FILE" in answer.stderr


def test_all_ways_out_agree(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    printed = braid("fix", "-o", "-", "x.py", cwd=tmp_path).stdout
    assert is_rewritten(printed)
    assert braid("fix", "x.py", "-o", "y.py", cwd=tmp_path).returncode == 0
    assert (tmp_path / "y.py").read_text() == printed
    assert braid("fix", "-", "-o", "-", stdin=LOOP, cwd=tmp_path).stdout == printed
    diff = braid("fix", "x.py", cwd=tmp_path, text=False).stdout
    assert braid("fix", "x.py", "--in-place", cwd=tmp_path).returncode == 0
    assert (tmp_path / "x.py").read_text() == printed
    (tmp_path / "x.py").write_text(LOOP)
    assert applied(tmp_path, "x.py", diff).decode() == printed


def test_a_client_that_sends_again_by_itself_is_told(tmp_path):
    (tmp_path / "x.py").write_text(CHAT)
    (tmp_path / "y.py").write_text(LOOP)
    chat = braid("fix", "x.py", cwd=tmp_path)
    assert is_rewritten(chat.stdout)
    assert "line 4: the openai client" in chat.stderr
    assert "max_retries" in chat.stderr
    assert "--workers" in chat.stderr
    assert "max_retries" not in braid("fix", "y.py", cwd=tmp_path).stderr


def test_its_own_output_is_left_alone(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    braid("fix", "x.py", "--in-place", cwd=tmp_path)
    once = (tmp_path / "x.py").read_bytes()
    before = (tmp_path / "x.py").stat()
    answer = braid("fix", "x.py", "--in-place", cwd=tmp_path)
    assert answer.returncode == 0
    assert "nothing to rewrite" in answer.stderr
    assert (tmp_path / "x.py").read_bytes() == once
    assert (tmp_path / "x.py").stat().st_mtime_ns == before.st_mtime_ns


def test_a_file_is_written_also_when_nothing_is_to_be_done(tmp_path):
    (tmp_path / "x.py").write_text(SEQUENTIAL)
    answer = braid("fix", "x.py", "-o", "y.py", cwd=tmp_path)
    assert answer.returncode == 0
    assert (tmp_path / "y.py").read_text() == SEQUENTIAL
    assert "BR704" in braid("explain", "BR704").stdout
    assert "nothing to rewrite in x.py; y.py is an unchanged copy" in answer.stderr
    assert braid("fix", "x.py", cwd=tmp_path).stdout == ""


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: ("# -*- coding: latin-1 -*-\n# é\n" + text).encode("latin-1"),
        lambda text: ("#!/usr/bin/env python3\n# coding: cp1252\n# €\n" + text).encode("cp1252"),
        lambda text: text.replace("    ", "\t").encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: text.replace("main()\n", "main()  \n\x0c\n").encode(),
    ],
    ids=["CRLF", "mark", "latin-1", "cp1252", "tabs", "no final line end", "form feed"],
)
def test_bytes_elsewhere_stay(tmp_path, encode):
    """What the rewrite does not touch is in the result as it was, line ends and encoding too."""
    original = encode(LOOP)
    (tmp_path / "x.py").write_bytes(original)
    result = braid("fix", "x.py", "-o", "-", cwd=tmp_path, text=False).stdout
    assert b"ThreadPoolExecutor" in result
    ends = b"\r\n" if b"\r\n" in original else b"\n"
    assert result.count(b"\r\n") == (result.count(b"\n") if ends == b"\r\n" else 0)
    assert result.endswith(b"\n") == original.endswith(b"\n")
    (tmp_path / "y.py").write_bytes(result)
    subprocess.run([sys.executable, "-m", "py_compile", "y.py"], cwd=tmp_path, check=True)
    first = original.split(b"def main")[0]
    assert result.startswith(first.split(b"import requests")[0])
    assert result.rsplit(b"main()", 1)[1] == original.rsplit(b"main()", 1)[1]


@pytest.mark.parametrize("mode", [0o755, 0o600, 0o644])
def test_mode_bits_stay(tmp_path, mode):
    (tmp_path / "x.py").write_text(LOOP)
    (tmp_path / "x.py").chmod(mode)
    braid("fix", "x.py", "-o", "y.py", cwd=tmp_path)
    braid("fix", "x.py", "--in-place", cwd=tmp_path)
    for name in ("x.py", "y.py"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode
        assert is_rewritten((tmp_path / name).read_text())


def test_links_are_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/x.py").write_text(LOOP)
    (tmp_path / "x.py").symlink_to("real/x.py")
    braid("fix", "x.py", "--in-place", cwd=tmp_path)
    assert (tmp_path / "x.py").is_symlink()
    assert is_rewritten((tmp_path / "real/x.py").read_text())


def test_only_takes_first_lines_of_loops(tmp_path):
    (tmp_path / "x.py").write_text(LOOP + LOOP.replace("main", "again") + SEQUENTIAL)
    one = braid("fix", "--only", "4", "x.py", cwd=tmp_path)
    both = braid("fix", "--only", "4", "--only", "12", "x.py", cwd=tmp_path)
    assert one.stdout.count(".submit(") == 1
    assert both.stdout.count(".submit(") == 2
    wrong = braid("fix", "--only", "5", "x.py", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert (
        wrong.stderr
        == "braid: no loop begins at line 5; the nearest begin at line 4, line 12, line 20\n"
    )
    refused = braid("fix", "--only", "20", "x.py", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (0, "")
    assert "BR201" in refused.stderr
    _ = braid("explain", "BR705")


def test_assumptions_are_accepted_one_by_one_or_all(tmp_path):
    (tmp_path / "x.py").write_text(CONDITIONAL)
    told = braid("check", "x.py", cwd=tmp_path).stdout
    ids = re.findall(r"--assume '([^']+)'", told)
    assert ids
    assert braid("fix", "x.py", cwd=tmp_path).stdout == ""
    every = [word for each in ids for word in ("--assume", each)]
    assert is_rewritten(braid("fix", "x.py", *every, cwd=tmp_path).stdout)
    assert is_rewritten(braid("fix", "x.py", "--assume", "all", cwd=tmp_path).stdout)
    if len(ids) > 1:
        assert braid("fix", "x.py", "--assume", ids[0], cwd=tmp_path).stdout == ""
    wrong = braid("fix", "x.py", "--assume", "runs-ahead:nothing@main", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (0, "")
    assert "no loop needs the assumption runs-ahead:nothing@main; there are: " in wrong.stderr
    (tmp_path / "pyproject.toml").write_text(f"[tool.braid]\nassume = {ids}\n")
    assert is_rewritten(braid("fix", "x.py", cwd=tmp_path).stdout)


def test_paths_are_accepted_together_or_by_who_touches_them(tmp_path):
    (tmp_path / "x.py").write_text(
        "import pathlib\n"
        "import urllib.request\n\n\n"
        "def fetch(name):\n"
        '    urllib.request.urlretrieve(f"http://127.0.0.1:1/{name}", name)\n'
        '    pathlib.Path(name + ".log").write_text(name)\n'
        '    urllib.request.urlretrieve(f"http://127.0.0.1:1/{name}/more", name + ".more")\n\n\n'
        'for name in open("names.txt"):\n'
        "    fetch(name)\n"
    )
    told = braid("check", "x.py", cwd=tmp_path).stdout
    together = "distinct-paths:pathlib.Path.write_text+urllib.request.urlretrieve@x"
    ahead = "runs-ahead:fetch@x"
    assert re.findall(r"--assume '([^']+)'", told) == [together, ahead]
    written = "distinct-paths:pathlib.Path.write_text@x"
    fetched = "distinct-paths:urllib.request.urlretrieve@x"

    def fixed(*ids):
        options = [word for each in ids for word in ("--assume", each)]
        answer = braid("fix", "x.py", *options, cwd=tmp_path)
        assert answer.returncode == 0
        assert "no loop needs" not in answer.stderr
        return is_rewritten(answer.stdout)

    assert fixed(together, ahead)
    assert fixed(fetched, written, ahead)
    assert not fixed(written, ahead)
    assert not fixed(fetched, ahead)
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.braid]\nassume = {[written, fetched, ahead]}\n"
    )
    assert is_rewritten(braid("fix", "x.py", cwd=tmp_path).stdout)


def test_what_goes_over_one_connection_is_one_assumption(tmp_path):
    (tmp_path / "x.py").write_text(
        "import smtplib\n\n\n"
        "def send(address):\n"
        '    server = smtplib.SMTP("localhost", 25)\n'
        "    server.starttls()\n"
        '    server.login("me", "secret")\n'
        '    server.sendmail("me", address, "hello")\n'
        "    server.quit()\n\n\n"
        'for address in open("addresses.txt").read().split():\n'
        "    send(address)\n"
    )
    told = braid("check", "x.py", cwd=tmp_path).stdout
    assert re.findall(r"--assume '([^']+)'", told) == ["remote-order:smtplib.SMTP@x"]


def test_the_comment_accepts_assumptions_but_no_proven_edge(tmp_path):
    (tmp_path / "x.py").write_text(CONDITIONAL.replace("\n\nfor", "\n\n# braid: independent\nfor"))
    assert is_rewritten(braid("fix", "x.py", cwd=tmp_path).stdout)
    (tmp_path / "x.py").write_text("# braid: independent\n" + SEQUENTIAL)
    assert braid("fix", "--assume", "all", "x.py", cwd=tmp_path).stdout == ""


def test_workers_backend_and_progress(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    assert "max_workers=7" in braid("fix", "--workers", "7", "x.py", cwd=tmp_path).stdout
    assert "ThreadPoolExecutor" in braid("fix", "--backend", "thread", "x.py", cwd=tmp_path).stdout
    assert "stderr" in braid("fix", "--progress", "x.py", cwd=tmp_path).stdout


def test_the_target_interpreter_must_be_one(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    fake = tmp_path / "python3"
    for program, expected in (
        (None, "there is no such interpreter"),
        ("#!/bin/sh\nprintf '2.7\\n'\n", "3.9 is the oldest"),
        ("#!/bin/sh\nprintf '3.8\\n'\n", "3.9 is the oldest"),
        ("#!/bin/sh\nexit 3\n", "cannot start"),
        ("#!/bin/sh\ncat > /dev/null; printf '3.11\\nline 1: refused'\n", "refused"),
    ):
        if program:
            fake.write_text(program)
            fake.chmod(0o755)
        answer = braid(
            "fix",
            "--python",
            fake,
            "x.py",
            "-o",
            "y.py",
            cwd=tmp_path,
            env=environment(HOME=str(tmp_path)),
        )
        assert answer.returncode == 2, program
        assert answer.stderr.startswith("braid: ")
        assert expected in answer.stderr
        assert not (tmp_path / "y.py").exists()


def test_the_interpreter_is_found_in_the_environment(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python3").symlink_to(sys.executable)
    env = environment(VIRTUAL_ENV=str(tmp_path / "venv"), HOME=str(tmp_path))
    assert (
        braid("fix", "x.py", "-o", "y.py", cwd=tmp_path, env={**env, "PATH": "/nowhere"}).returncode
        == 0
    )
    (tmp_path / "venv/pyvenv.cfg").write_text("version = 3.8.1\n")
    answer = braid("fix", "x.py", cwd=tmp_path, env=env)
    assert answer.returncode == 2
    assert "Python 3.8" in answer.stderr


def test_a_version_is_remembered(tmp_path):
    """An interpreter whose name says nothing is started once; then the cache knows its version."""
    (tmp_path / "x.py").write_text(LOOP)
    fake = tmp_path / "snake"
    fake.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    fake.chmod(0o755)
    env = environment(HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert braid("fix", "--python", fake, "x.py", "-o", "-", cwd=tmp_path, env=env).returncode == 0
    lines = (tmp_path / "cache/braid/interpreters").read_text().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"{fake}\t")
    assert lines[0].endswith("\t%d.%d" % sys.version_info[:2])


def test_whose_executors_are_written(tmp_path):
    (tmp_path / "x.py").write_text(LOOP)
    with_braid = environment_with_braid(tmp_path)
    words = ["fix", "x.py", "-o", "-", "--emit"]
    usual = braid("fix", "x.py", "-o", "-", cwd=tmp_path)
    assert braid(*words, "stdlib", cwd=tmp_path).stdout == usual.stdout
    answer = braid(*words, "braid", cwd=tmp_path, env=with_braid)
    assert "import braid\nimport requests\n" in answer.stdout
    assert "pool = braid.ThreadPoolExecutor(max_workers=32)\n" in answer.stdout
    assert (answer.returncode, answer.stderr) == (0, "")
    lacking = braid(*words, "braid", cwd=tmp_path)
    assert (lacking.returncode, lacking.stdout) == (0, answer.stdout)
    assert "imports the package `braid`, which" in lacking.stderr
    assert braid(*words, "dask", cwd=tmp_path).returncode == 2


def test_a_loop_that_another_dialect_takes_says_why(tmp_path):
    (tmp_path / "x.py").write_text("braid = 3\n" + LOOP)
    answer = braid("fix", "x.py", "-o", "-", "--emit", "braid", cwd=tmp_path)
    assert "from concurrent.futures import ThreadPoolExecutor" in answer.stdout
    assert answer.stderr.startswith("braid: line 5 is written with concurrent.futures: ")
