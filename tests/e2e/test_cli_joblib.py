"""--emit joblib from the command line: fix, run and verify."""

import json

import pytest
from command_line import braid, environment, environment_with_joblib

LOOPS = """\
import sys
import time


class Found(Exception):
    def __init__(self, number, why):
        super().__init__(f"{number}: {why}")
        self.number = number


def look(number):
    time.sleep(0.01 * (4 - number))
    if number > 1 and "fail" in sys.argv:
        raise Found(number, "here")
    return number * number


def count(number):
    total = 0
    for step in range(100_000):
        total = (total * 31 + step + number) % 1_000_003
    return total


def main():
    for number in range(4):
        found = look(number)
        print(number, found)
    for number in range(6):
        total = count(number)
        print(number, total)


if __name__ == "__main__":
    main()
"""


@pytest.fixture
def script(tmp_path):
    (tmp_path / "x.py").write_text(LOOPS)
    return tmp_path


@pytest.fixture
def with_joblib(tmp_path_factory):
    return environment_with_joblib(tmp_path_factory.mktemp("package"))


def test_both_kinds_of_workers_are_written(script, with_joblib):
    words = ["fix", "x.py", "-o", "-", "--emit", "joblib"]
    answer = braid(*words, cwd=script, env=with_joblib)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "from joblib import Parallel, delayed\n" in answer.stdout
    assert 'Parallel(n_jobs=4, backend="threading", return_as="generator")(calls)' in answer.stdout
    assert 'Parallel(n_jobs=-1, backend="loky", return_as="generator")(calls)' in answer.stdout
    answer = braid(*words, "--workers", "3", cwd=script, env=with_joblib)
    assert answer.stdout.count("Parallel(n_jobs=3, ") == 2


def test_it_says_that_joblib_is_lacking_or_too_old(script, tmp_path_factory):
    old = tmp_path_factory.mktemp("old")
    (old / "joblib.py").write_text("def Parallel(): pass\n\n\ndef delayed(): pass\n")
    env = environment(PYTHONPATH=str(old))
    answer = braid("fix", "x.py", "-o", "-", "--emit", "joblib", cwd=script, env=env)
    assert (answer.returncode, "from joblib" in answer.stdout) == (0, True)
    assert "imports the package `joblib` (1.3 or later), which" in answer.stderr
    answer = braid("verify", "--emit", "joblib", "x.py", cwd=script, env=env)
    assert answer.returncode == 2
    assert "does not have the package `joblib`" in answer.stderr
    answer = braid("run", "--emit", "joblib", "x.py", cwd=script, env=env)
    assert answer.returncode == 0
    assert answer.stdout.startswith("0 0\n1 1\n2 4\n3 9\n0 ")
    assert "this interpreter has no package `joblib`" in answer.stderr


def test_a_local_file_of_that_name_is_not_taken_for_it(script, with_joblib):
    (script / "joblib.py").write_text("raise SystemExit('not this one')\n")
    answer = braid("fix", "x.py", "-o", "-", "--emit", "joblib", cwd=script, env=with_joblib)
    assert "joblib" not in answer.stdout
    assert "would run the file" in answer.stderr


def test_run_raises_the_earliest_failure(script, with_joblib):
    answer = braid("run", "--emit", "joblib", "x.py", cwd=script, env=with_joblib)
    original = braid("run", "--emit", "stdlib", "x.py", cwd=script)
    assert (answer.stdout, answer.stderr) == (original.stdout, "")
    answer = braid("run", "--emit", "joblib", "x.py", "fail", cwd=script, env=with_joblib)
    assert (answer.returncode, answer.stdout) == (1, "0 0\n1 1\n")
    # The last call fails first.
    assert answer.stderr.endswith("Found: 2: here\n")
    assert "Warning" not in answer.stderr


def test_verify_schedules_what_parallel_runs(script, with_joblib):
    words = ["--quick", "--format", "json", "--emit", "joblib", "x.py"]
    answer = braid("verify", *words, cwd=script, env=with_joblib)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    document = json.loads(answer.stdout)
    assert document["same"] is True
    assert [each["same"] for each in document["refutations"]] == [True]


IN_ORDER = """\
seen = []


def count(number):
    seen.append(number)
    return len(seen)


print([count(number) for number in range(4)])
"""
AT_ONCE = """\
from joblib import Parallel, delayed

seen = []


def count(number):
    seen.append(number)
    return len(seen)


print(Parallel(n_jobs=2, backend="threading")(delayed(count)(number) for number in range(4)))
"""


def test_verify_refutes_what_hangs_on_the_order(tmp_path, with_joblib):
    (tmp_path / "x.py").write_text(IN_ORDER)
    (tmp_path / "y.py").write_text(AT_ONCE)
    words = ["--quick", "--format", "json", "--against", "y.py", "x.py"]
    answer = braid("verify", *words, cwd=tmp_path, env=with_joblib)
    document = json.loads(answer.stdout)
    assert (answer.returncode, document["same"]) == (1, False)
    assert [each["same"] for each in document["refutations"]] == [False]
