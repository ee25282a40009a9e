"""braid run and braid verify from the command line."""

import json
import signal
import subprocess

import pytest
from command_line import BRAID, braid, environment

SCRIPT = """\
import sys, time

def slow(word):
    time.sleep(0.2)
    return word.upper()

def main():
    data = sys.stdin.read()
    words = []
    for word in sys.argv[1:]:
        words.append(slow(word))
    print(words, data)
    sys.exit(3)

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def script(tmp_path):
    (tmp_path / "x.py").write_text(SCRIPT)
    return tmp_path


def test_run_is_the_script(script):
    answer = braid(
        "run", "--workers", "4", "x.py", "--workers", "-o", "a b", cwd=script, stdin=b"input"
    )
    assert answer.stdout == "['--WORKERS', '-O', 'A B'] input\n"
    assert answer.returncode == 3
    assert answer.stderr == ""
    assert [path.name for path in script.iterdir()] == ["x.py"]


def test_run_passes_on_death_by_signal(script):
    (script / "x.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n")
    assert braid("run", "x.py", cwd=script).returncode == -signal.SIGTERM


def test_run_without_anything_to_rewrite_is_the_original(script):
    (script / "x.py").write_text("print('hello')\nraise ValueError('x')\n")
    answer = braid("run", "x.py", cwd=script)
    assert (answer.returncode, answer.stdout) == (1, "hello\n")
    assert answer.stderr.endswith("ValueError: x\n")
    assert 'x.py", line 2' in answer.stderr


def test_run_leaves_a_syntax_error_to_python(script):
    (script / "x.py").write_text("print(\n")
    answer = braid("run", "x.py", cwd=script)
    assert answer.returncode == 1
    assert "SyntaxError" in answer.stderr


def test_tracebacks_point_into_the_users_file(script):
    lines = SCRIPT.replace("return word.upper()", "return word.missing()")
    (script / "x.py").write_text(lines)
    answer = braid("run", "x.py", "a", "b", cwd=script)
    assert answer.returncode == 1
    assert 'x.py", line 5, in slow' in answer.stderr
    assert "return word.missing()" in answer.stderr


def test_wrong_usage_is_braids(script):
    for words in (
        ["run", "missing.py"],
        ["run", "--only", "1", "x.py"],
        ["run", "--python", "nowhere", "x.py"],
    ):
        answer = braid(*words, cwd=script)
        assert answer.returncode == 2
        assert answer.stderr.startswith("braid: ")
        assert answer.stdout == ""


def test_verify_says_same_and_leaves_the_folder_alone(script):
    (script / "x.py").write_text(SCRIPT.replace("sys.exit(3)", "open('out.txt', 'w').write(data)"))
    before = {path.name: path.stat().st_mtime_ns for path in script.iterdir()}
    answer = braid(
        "verify",
        "--quick",
        "--format",
        "json",
        "x.py",
        "a",
        "b",
        "c",
        "d",
        cwd=script,
        stdin=b"text",
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    document = json.loads(answer.stdout)
    assert document["same"] is True
    assert document["speedup"] > 0
    assert document["differences"] == []
    assert [(site["path"], site["line"]) for site in document["sites"]] == [("x.py", 10)]
    assert all(each["same"] for each in document["refutations"])
    assert {path.name: path.stat().st_mtime_ns for path in script.iterdir()} == before


def test_verify_against_a_wrong_one_is_1(script):
    (script / "wrong.py").write_text(SCRIPT.replace("upper", "lower"))
    answer = braid(
        "verify",
        "--quick",
        "--format",
        "json",
        "--against",
        "wrong.py",
        "x.py",
        "a",
        "b",
        cwd=script,
    )
    assert answer.returncode == 1
    document = json.loads(answer.stdout)
    assert document["same"] is False
    assert "stdout" in [each["what"] for each in document["differences"]]
    told = braid("verify", "--quick", "--against", "wrong.py", "x.py", "a", "b", cwd=script)
    assert told.returncode == 1
    assert told.stdout.startswith("different")


def test_verify_with_nothing_to_rewrite_is_0(script):
    (script / "x.py").write_text("print('hello')\n")
    answer = braid("verify", "--format", "json", "x.py", cwd=script)
    document = json.loads(answer.stdout)
    assert (answer.returncode, document["same"], document["speedup"]) == (0, True, None)


def test_verify_cannot_tell_of_a_script_that_differs_from_itself(script):
    (script / "x.py").write_text(
        SCRIPT.replace("print(words", "import os; print(os.urandom(8), words")
    )
    answer = braid("verify", "--quick", "--format", "json", "x.py", "a", "b", cwd=script)
    assert answer.returncode == 3
    assert json.loads(answer.stdout)["same"] is None


def test_ctrl_c_reaches_the_script(script):
    (script / "x.py").write_text(
        "import time\ntry:\n"
        "    print('ready', flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('stopped')\n"
    )
    with subprocess.Popen(
        [BRAID, "run", "x.py"],
        cwd=script,
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
        # Whoever runs the tests in the background ignores it, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == b"stopped\n"
    assert process.returncode == 0
