"""braid run and braid verify from the command line."""

import json
import signal
import subprocess

import pytest
from command_line import BRAID, braid, environment, environment_with_braid

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


@pytest.fixture
def with_braid(tmp_path_factory):
    return environment_with_braid(tmp_path_factory.mktemp("package"))


def test_run_is_the_script(script, with_braid):
    words = ["--workers", "4", "x.py", "--workers", "-o", "a b"]
    answer = braid("run", *words, cwd=script, stdin=b"input", env=with_braid)
    assert answer.stdout == "['--WORKERS', '-O', 'A B'] input\n"
    assert answer.returncode == 3
    assert answer.stderr == ""
    assert [path.name for path in script.iterdir()] == ["x.py"]


MODULES = """\
import sys, time

def slow(word):
    time.sleep(0.1)
    return word.upper()

words = []
for word in ["a", "b", "c", "d"]:
    words.append(slow(word))
print(words, "braid" in sys.modules, "concurrent.futures" in sys.modules)
if "fail" in sys.argv:
    raise ValueError("here")
"""


def test_run_uses_braids_engine_where_the_interpreter_has_it(script, with_braid):
    (script / "x.py").write_text(MODULES)
    answer = braid("run", "x.py", "fail", cwd=script, env=with_braid)
    assert answer.stdout == "['A', 'B', 'C', 'D'] True True\n"
    assert 'x.py", line 12' in answer.stderr
    assert answer.stderr.endswith("ValueError: here\n")
    answer = braid("run", "--emit", "stdlib", "x.py", cwd=script, env=with_braid)
    assert (answer.stdout, answer.stderr) == ("['A', 'B', 'C', 'D'] False True\n", "")


def test_run_says_that_it_does_without_braids_engine(script):
    (script / "x.py").write_text(MODULES)
    for emit in ([], ["--emit", "braid"]):
        answer = braid("run", *emit, "x.py", "fail", cwd=script)
        assert answer.stdout == "['A', 'B', 'C', 'D'] False True\n"
        first, *rest = answer.stderr.splitlines()
        assert first.startswith("braid: this interpreter has no package `braid`")
        assert 'x.py", line 12' in answer.stderr
        assert rest[-1] == "ValueError: here"
    answer = braid("run", "--emit", "stdlib", "x.py", cwd=script)
    assert (answer.stdout, answer.stderr) == ("['A', 'B', 'C', 'D'] False True\n", "")


def test_run_takes_no_file_beside_the_script_for_braid(script, with_braid):
    (script / "x.py").write_text(MODULES)
    (script / "braid.py").write_text("raise SystemExit('not this one')\n")
    answer = braid("run", "x.py", cwd=script, env=with_braid)
    assert answer.stdout == "['A', 'B', 'C', 'D'] False True\n"
    assert "would run the file" in answer.stderr


COUNTS = """\
import sys
from library import work

def main():
    for number in range(6):
        value = work(number)
        print(number, value)

if __name__ == "__main__":
    main()
"""


def test_workers_of_run_get_what_the_script_defines(script, with_braid):
    (script / "library.py").write_text("def work(number):\n    return number * number\n")
    (script / "x.py").write_text(
        COUNTS.replace(
            "from library import work",
            "class Found(Exception):\n    pass\n\n"
            "def work(number):\n    if number == 4:\n        raise Found(number, 'four')\n"
            "    return [step for step in range(number * 1000)][-1:]",
        )
    )
    options = ["--backend", "process", "--assume", "all"]
    answer = braid("run", *options, "x.py", cwd=script, env=with_braid)
    assert answer.stdout == "0 []\n1 [999]\n2 [1999]\n3 [2999]\n"
    assert answer.stderr.splitlines()[-1] == "Found: (4, 'four')"
    assert answer.returncode == 1


def test_verify_on_braids_engine(script, with_braid):
    words = ["--quick", "--format", "json", "--emit", "braid", "x.py", "a", "b"]
    (script / "x.py").write_text(SCRIPT)
    answer = braid("verify", *words, cwd=script, env=with_braid)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    document = json.loads(answer.stdout)
    assert document["same"] is True
    assert [each["same"] for each in document["refutations"]] == [True]
    answer = braid("verify", *words, cwd=script)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "does not have the package `braid`" in answer.stderr


def test_verify_refutes_a_wrong_assumption_on_braids_engine(script, with_braid):
    (script / "library.py").write_text(
        "seen = []\n\ndef work(number):\n    seen.append(number)\n    return len(seen)\n"
    )
    (script / "x.py").write_text(COUNTS)
    # What a user might write by hand, and what is wrong only in another order.
    (script / "parallel.py").write_text(
        COUNTS.replace("import sys", "import braid").replace(
            "    for number in range(6):\n        value = work(number)\n",
            "    pool = braid.ThreadPoolExecutor(1)\n"
            "    calls = [pool.submit(work, number) for number in range(6)]\n"
            "    for number, pending in enumerate(calls):\n        value = pending.result()\n",
        )
    )
    words = ["--format", "json", "--against", "parallel.py", "x.py"]
    answer = braid("verify", "--quick", *words, cwd=script, env=with_braid)
    document = json.loads(answer.stdout)
    assert answer.returncode == 1, answer.stderr
    assert document["differences"] == []
    assert [each["same"] for each in document["refutations"]] == [False]


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
