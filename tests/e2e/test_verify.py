"""What `verify` sees, what it leaves alone, and what it says when it cannot tell."""

import os
import pathlib
import signal
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))

from verify_room import Folder, Mark, snapshot  # noqa: E402

POOL = "from concurrent.futures import ThreadPoolExecutor\n"
NOBODY = 65534


@pytest.fixture(params=["overlay", "copy"])
def sandbox(request):
    return request.param


@pytest.fixture
def folder():
    with Folder() as made:
        yield made


def both(text):
    """A rewriting that does the same as the original, and is not the same text."""
    return text + "# rewritten\n"


def test_everything_is_as_the_script_would_find_it(folder, sandbox):
    folder.write("neighbour.py", "name = __name__\n")
    script = """import os, sys
import neighbour

print(__file__ == os.path.join(os.getcwd(), "script.py"), __name__, __spec__, neighbour.name)
print(sys.argv, os.path.samefile(sys.path[0], os.getcwd()), sys.stdin.read())
print(sorted(name for name in globals() if not name.startswith("__")))
print(os.environ.get("PYTHONHASHSEED"), "braid" in " ".join(sys.modules))
print(os.path.exists("neighbour.py"), os.getuid() >= 0, os.path.basename(sys.executable)[:6])
"""
    answer = folder.verify(
        script,
        both(script),
        "--quick",
        "--sandbox",
        sandbox,
        arguments=["a", "b c"],
        stdin=b"given",
    )
    assert answer.status == 0, answer.text + answer.errors
    wrong = script.replace("print(sorted", "print('x', sorted")
    answer = folder.verify(
        script, wrong, "--quick", "--sandbox", sandbox, arguments=["a", "b c"], stdin=b"given"
    )
    assert answer.status == 1
    shown = answer.one("difference")
    assert "True __main__ None neighbour" in shown
    assert "['script.py', 'a', 'b c'] True given" in shown
    assert "\n-['neighbour', 'os', 'sys']" in shown
    assert "\n None False\n" in shown
    assert "\n True True python\n" in shown


DIFFERENCES = [
    ("print('a')", "print('b')", "stdout", "", "-a\n+b"),
    ("print('a')", "print('a', end='')", "stdout", "", "No newline"),
    ("print('a')", "print('a'); exit(3)", "status", "", "exit status 3"),
    ("x = 1", "import os; os.kill(os.getpid(), 9)", "status", "", "signal 9"),
    ("raise KeyError('a')", "raise KeyError('b')", "exception", "", "KeyError: 'b'"),
    ("raise KeyError('a')", "raise IndexError('a')", "exception", "", "builtins.IndexError: a"),
    ("open('f', 'w').write('a')", "open('f', 'w').write('b')", "file", "f", "-a"),
    ("open('f', 'w').write('a')", "pass", "file", "f", "rewritten: does not exist"),
    ("pass", "open('f', 'w').write('a')", "file", "f", "original: does not exist"),
    ("pass", "open('old', 'a').write('more')", "file", "old", "+oldmore"),
    ("pass", "import os; os.remove('old')", "file", "old", "rewritten: does not exist"),
    ("pass", "import os; os.chmod('old', 0o600)", "file", "old", "mode 0600"),
    ("pass", "import os; os.mkdir('new')", "file", "new", "is a folder"),
    ("pass", "import os; os.symlink('old', 'new')", "file", "new", "is a link to old"),
    (
        "open('f', 'wb').write(bytes(9))",
        "open('f', 'wb').write(bytes(8) + b'x')",
        "file",
        "f",
        "first differing byte: 8",
    ),
    (
        "import sys; print('lost', file=sys.stderr)",
        "pass",
        "stderr",
        "",
        "lost",
    ),
    (
        "import shutil; shutil.rmtree('tree')",
        "import shutil, os; shutil.rmtree('tree'); os.mkdir('tree')",
        "file",
        "tree",
        "original: does not exist",
    ),
    (
        "import shutil, os; shutil.rmtree('tree'); os.mkdir('tree')",
        "import os; os.remove('tree/a')",
        "file",
        "tree/b",
        "original: does not exist",
    ),
]


@pytest.mark.parametrize(("original", "rewritten", "what", "path", "shown"), DIFFERENCES)
def test_differences(folder, sandbox, original, rewritten, what, path, shown):
    for name, text in (("old", "old"), ("tree/a", "a"), ("tree/b", "b")):
        folder.write(name, text)
    os.chmod(folder.path / "old", 0o644)
    # The driver's own inputs are written anew for each run, the user's files must stay.
    before = {name: state for name, state in snapshot(folder.path).items() if name != "."}
    answer = folder.verify(original + "\n", rewritten + "\n", "--quick", "--sandbox", sandbox)
    assert answer.status == 1, answer.text + answer.errors
    assert (what, path) in answer.differences
    assert any(shown in value for value in answer.all("difference")), answer.text
    after = snapshot(folder.path)
    assert {name: after[name] for name in before} == before


SAME = [
    # Both end up with the same tree by other ways.
    (
        "import shutil, os; shutil.rmtree('tree'); os.mkdir('tree')",
        "import os; os.remove('tree/a'); os.remove('tree/b')",
    ),
    ("open('old', 'w').write('old')", "pass"),
    (
        "import os; os.rename('old', 'new')",
        "import shutil, os; shutil.copy('old', 'new'); os.remove('old')",
    ),
    (
        "import os; os.makedirs('a/b'); open('a/b/c', 'w').close()",
        "import os; os.makedirs('a/x'); os.rename('a/x', 'a/b'); open('a/b/c', 'w').close()",
    ),
    ("import os; os.remove('old'); open('old', 'w').write('new')", "open('old', 'w').write('new')"),
    # What nobody promises: more on stderr, its order, compiled modules, names of temporary files.
    (
        "import sys; print('a', file=sys.stderr); print('b', file=sys.stderr)",
        "import sys; print('b', file=sys.stderr); print('50 %', file=sys.stderr); print('a', file=sys.stderr)",
    ),
    ("pass", "import neighbour"),
    (
        "import tempfile; tempfile.NamedTemporaryFile('w', delete=False).write('x')",
        "import tempfile; tempfile.NamedTemporaryFile('w', delete=False).write('x') #",
    ),
    ("import random; print(random.random())", "import random; print(random.random()) #"),
    ("print({'a', 'b', 'c', 'd'})", "print({'a', 'b', 'c', 'd'}) #"),
    ("raise ValueError(object())", "raise ValueError(object()) #"),
]


@pytest.mark.parametrize(("original", "rewritten"), SAME)
def test_same(folder, sandbox, original, rewritten):
    for name, text in (("old", "old"), ("tree/a", "a"), ("tree/b", "b"), ("neighbour.py", "x=1")):
        folder.write(name, text)
    answer = folder.verify(original + "\n", rewritten + "\n", "--runs", "2", "--sandbox", sandbox)
    assert answer.status == 0, answer.text + answer.errors


def test_what_differs_in_the_original_is_set_aside(folder):
    script = "import time\nprint('begin')\nprint('at', time.time_ns())\nprint('end')\n"
    answer = folder.verify(script, both(script), "--runs", "2")
    assert (answer.status, answer.one("same")) == (3, "null")
    assert answer.all("set_aside") == ["stdout: line 2"]
    assert "not reproducible" in answer.one("reason")
    # The rest still counts.
    answer = folder.verify(script, script.replace("'end'", "'END'"), "--quick")
    assert answer.status == 1


def test_times_shown_coarsely_are_not_a_difference(folder):
    script = """import time
start = time.time()
for n in range(3):
    time.sleep(0.1)
print(f"took {time.time() - start:.1f} s")
"""
    answer = folder.verify(script, script.replace("0.1)", "0.001)"), "--quick")
    assert answer.status == 3, answer.text
    assert answer.all("set_aside") == ["stdout: line 5".replace("5", "1")]


def test_names_at_the_end_count_where_sites_are_known(folder):
    original = "for page in range(3):\n    pass\nextra = [1, {'a': 2.5}]\n"
    wrong = "for page in range(2):\n    pass\nextra = [1, {'a': 2.5}]\n"
    answer = folder.verify(original, wrong, "--quick", "--site", "1:2:1:2:thread")
    assert answer.status == 1
    assert answer.differences == [("name", "page")]
    assert folder.verify(original, wrong, "--quick").status == 0
    moved = original.replace("pass", "inner = 1") + "pool = None\n"
    assert folder.verify(original, moved, "--quick", "--site", "1:2:1:2:thread").status == 0


TWO_SITES = """from concurrent.futures import ThreadPoolExecutor
import time

rows = []


def work(n):
    time.sleep(0.001)
    return n


def note(n):
    rows.append(n)


with ThreadPoolExecutor(1) as pool:
    for pending in [pool.submit(work, n) for n in range(4)]:
        print(pending.result())
with ThreadPoolExecutor(1) as pool:
    for pending in [pool.submit(note, n) for n in range(4)]:
        pending.result()
print(rows)
"""


def test_a_refutation_names_the_site_and_the_assumption(folder):
    original = """import time

rows = []


def work(n):
    time.sleep(0.001)
    return n


def note(n):
    rows.append(n)


for n in range(4):
    print(work(n))
for n in range(4):
    note(n)
print(rows)
"""
    answer = folder.verify(
        original,
        TWO_SITES,
        "--site",
        "15:16:16:18:thread:no-state:work@main",
        "--site",
        "17:18:19:21:thread:no-state:note@main,runs-ahead:note@main",
    )
    assert answer.status == 1, answer.text
    assert not answer.differences
    assert answer.refutations[-1] == ("reversed", "null", "false", "17", "no-state")
    assert "[3, 2, 1, 0]" in answer.all("refutation")[-1]
    assert [site.split()[0] for site in answer.all("site")] == ["15", "17"]
    assert all("null" not in site for site in answer.all("site"))


def test_pools_of_the_original_are_left_alone(folder):
    original = (
        POOL
        + """order = []
with ThreadPoolExecutor(1) as pool:
    list(pool.map(order.append, range(4)))
print(order)
for n in range(4):
    print(n * n)
"""
    )
    rewritten = original.replace(
        "for n in range(4):\n    print(n * n)\n",
        "with ThreadPoolExecutor(4) as pool:\n"
        "    for value in pool.map(lambda n: n * n, range(4)):\n        print(value)\n",
    )
    answer = folder.verify(original, rewritten, "--site", "6:7:6:8:thread", "--runs", "1")
    assert answer.status == 0, answer.text
    assert not any("no pool" in note for note in answer.all("note"))


def test_nothing_rewritten(folder):
    answer = folder.verify("print(1)\n", "print(1)\n")
    assert answer.status == 0
    assert answer.one("speedup") == "null"
    assert answer.one("runs") == "0 0"
    assert any("nothing is rewritten" in note for note in answer.all("note"))


def test_outside_effects_are_listed_and_nothing_runs(folder):
    script = "print(1)\n"
    answer = folder.verify(script, both(script), "--effect", "sends a letter, line 1")
    assert (answer.status, answer.one("same"), answer.one("runs")) == (3, "null", "0 0")
    assert answer.all("effect") == ["sends a letter, line 1"]
    answer = folder.verify(
        script, both(script), "--quick", "--effect", "sends a letter, line 1", "--allow-effects"
    )
    assert answer.status == 0


OUTSIDE = [
    "open('{outside}/new', 'w')",
    "open('{outside}/kept', 'a').write('more')",
    "import os; os.remove('{outside}/kept')",
    "import os; os.chmod('{outside}/kept', 0o600)",
    "import os; os.utime('{outside}/kept', (1, 1))",
    "import os; os.rename('{outside}/kept', 'here')",
    "import os; os.link('{outside}/kept', 'here')",
    "import os; os.truncate('{outside}/kept', 0)",
    "import os; os.mkdir('{outside}/new')",
    "import os; os.symlink('x', '{outside}/new')",
    "import os; os.symlink('{outside}', 'way'); open('way/new', 'w')",
    "import os; os.chdir('{outside}'); open('new', 'w')",
    "import os; os.open('new', os.O_CREAT | os.O_WRONLY, dir_fd=os.open('{outside}', 0))",
    "import pathlib; pathlib.Path('{outside}/new').write_text('x')",
    "import shutil; shutil.rmtree('{outside}')",
    "import sqlite3; sqlite3.connect('{outside}/new').execute('create table t (a)')",
    "import os; os.system('touch {outside}/new')",
    "import subprocess; subprocess.run(['touch', '{outside}/new'])",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'open(\"{outside}/new\", \"w\")'])",
    "import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', 'print(1)'])",
    "import multiprocessing as m\nif __name__ == '__main__':\n"
    "    p = m.get_context('spawn').Process(target=open, args=('{outside}/new', 'w'))\n"
    "    p.start()\n    p.join()",
    "import os; os.kill({pid}, 0)",
]


@pytest.mark.parametrize("code", OUTSIDE)
def test_a_copy_stops_what_goes_outside(folder, code):
    with Folder() as other:
        other.write("kept", "kept")
        before = snapshot(other.path)
        script = code.format(outside=other.path, pid=os.getpid()) + "\n"
        answer = folder.verify(script, both(script), "--quick", "--sandbox", "copy")
        assert (answer.status, answer.one("same")) == (3, "null"), answer.text + answer.errors
        assert answer.all("effect"), answer.text
        assert snapshot(other.path) == before
        # With namespaces the same script runs to its end, and touches nothing either.
        if "{pid}" not in code:
            answer = folder.verify(script, both(script), "--quick", "--sandbox", "overlay")
            assert answer.status == 0, answer.text + answer.errors
            assert snapshot(other.path) == before


def test_what_stays_inside_is_no_effect(folder):
    script = """import os, sqlite3, subprocess, sys, tempfile
from multiprocessing import get_context

open(os.devnull, "w").write("x")
os.makedirs("a/b", exist_ok=True)
with tempfile.TemporaryDirectory() as scratch:
    open(os.path.join(scratch, "f"), "w").write("x")
subprocess.run([sys.executable, "-c", "open('from-child', 'w').write('x')"], check=True)
sqlite3.connect(":memory:").execute("select 1")
sqlite3.connect("here.db").execute("create table if not exists t (a)")
open(sys.argv[1]).read()
if __name__ == "__main__":
    with get_context("spawn").Pool(2) as pool:
        print(pool.map(abs, [-1, 2]))
"""
    answer = folder.verify(
        script, both(script), "--quick", "--sandbox", "copy", arguments=["/etc/passwd"]
    )
    assert answer.status == 0, answer.text + answer.errors


def test_arguments_that_name_files_of_the_folder(folder, sandbox):
    folder.write("in.txt", "text")
    script = "import sys\nopen(sys.argv[1] + '.out', 'w').write(open(sys.argv[1]).read())\n"
    answer = folder.verify(
        script,
        both(script),
        "--quick",
        "--sandbox",
        sandbox,
        arguments=[str(folder.path / "in.txt")],
    )
    assert answer.status == 0, answer.text + answer.errors
    assert not (folder.path / "in.txt.out").exists()


def test_a_script_that_hangs(folder, sandbox):
    mark = Mark()
    hangs = "import time\ntime.sleep(600)\n"
    options = ["--timeout", "1", "--sandbox", sandbox]
    environment = {mark.name: mark.value}
    answer = folder.verify(hangs, both(hangs), *options, **environment)
    assert (answer.status, answer.one("same")) == (3, "null")
    assert "had not ended" in answer.one("reason")
    options[1] = "5"  # the script itself must end in that time, on a busy machine too
    answer = folder.verify("print(1)\n", hangs, *options, **environment)
    assert answer.status == 1, answer.text + answer.errors
    assert ("status", "") in answer.differences
    assert mark.gone() == []


def test_children_that_outlive_the_script(folder, sandbox):
    mark = Mark()
    script = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nprint(1)\n"
    answer = folder.verify(
        script, both(script), "--quick", "--sandbox", sandbox, **{mark.name: mark.value}
    )
    assert answer.status == 0, answer.text + answer.errors
    assert any("outlived" in note for note in answer.all("note"))
    assert mark.gone() == []


def test_every_run_reads_its_own_stdin(folder, sandbox):
    script = "import sys\nprint(len(sys.stdin.buffer.read()))\n"
    given = b"line\n" * 200_000  # more than a pipe holds
    answer = folder.verify(script, both(script), "--quick", "--sandbox", sandbox, stdin=given)
    assert answer.status == 0, answer.text + answer.errors
    deaf = "print(1)\n"
    assert folder.verify(deaf, both(deaf), "--quick", stdin=given).status == 0


def test_much_output(folder):
    script = "import sys\nfor n in range(90):\n    sys.stdout.write('x' * (1 << 20))\n"
    assert folder.verify(script, both(script), "--quick").status == 0
    last = script + "sys.stdout.write('y')\n"
    answer = folder.verify(script, last, "--quick")
    assert answer.status == 1
    assert answer.differences == [("stdout", "")]


def test_processes_that_die_are_told_apart(folder):
    script = "import os, signal\nprint(1, flush=True)\nos.kill(os.getpid(), signal.SIGTERM)\n"
    assert folder.verify(script, both(script), "--quick").status == 0
    answer = folder.verify(script, script.replace("SIGTERM", "SIGABRT"), "--quick")
    assert answer.status == 1
    assert answer.differences == [("status", "")]


def test_a_script_reached_by_a_link_from_another_folder(folder, sandbox):
    folder.write("code/real.py", "import neighbour\nprint(neighbour.n, __file__[-9:])\n")
    folder.write("code/neighbour.py", "n = 1\n")
    link = folder.path / "script.py"
    link.symlink_to("code/real.py")
    original = link.read_bytes()
    answer = folder.verify(original, both(original.decode()), "--quick", "--sandbox", sandbox)
    assert answer.status == 0, answer.text + answer.errors
    assert link.is_symlink()
    answer = folder.verify(original, original + b"print(2)\n", "--quick", "--sandbox", sandbox)
    assert "neighbour" not in answer.one("difference")
    assert " 1 script.py\n" in answer.one("difference")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_files_of_somebody_else():
    """Without privileges: a script and a folder of root's, an own folder below."""
    with Folder(NOBODY) as folder:
        os.chown(folder.path, 0, 0)
        for sandbox in ("overlay", "copy"):
            script = """import os
try:
    open("not-allowed.txt", "w")
except PermissionError as error:
    print(error)
print(os.getuid(), os.stat(__file__).st_size > 0)
"""
            folder.write("script.py", script)
            os.chown(folder.path / "script.py", 0, 0)
            answer = folder.verify(script, both(script), "--quick", "--sandbox", sandbox)
            assert answer.status == 0, answer.text + answer.errors
            answer = folder.verify(script, script + "print(1)\n", "--quick", "--sandbox", sandbox)
            assert "Permission denied" in answer.one("difference") or sandbox == "copy"
            assert " 65534 True\n" in answer.one("difference")


def test_what_cannot_be_run(folder):
    answer = folder.verify("print(1)\n", "print(2)\n", "--python", "/nonexistent/python")
    assert answer.status == 2
    assert "/nonexistent/python" in answer.errors
    answer = folder.verify("print(1)\n", "print(\n", "--quick")
    assert answer.status == 1
    assert ("exception", "") in answer.differences
    answer = folder.verify("print(1", "print(2)\n", "--quick")
    assert answer.status == 1


def test_sets_and_random_numbers_are_the_same_in_every_run(folder):
    script = (
        "import random, os\nprint({str(n) for n in range(50)}, random.random())\n"
        "print(os.environ.get('PYTHONHASHSEED'))\n"
    )
    assert folder.verify(script, both(script), "--runs", "3").status == 0
    answer = folder.verify(script, both(script), "--quick", PYTHONHASHSEED="7")
    assert answer.status == 0


def test_measurement_is_told(folder):
    script = "import time\nsum(range(300000))\ntime.sleep(0.05)\n"
    answer = folder.verify(script, both(script), "--runs", "2")
    assert answer.status == 0, answer.text
    assert answer.one("runs") == "2 2"
    for key in ("speedup", "sequential_s", "parallel_s"):
        assert float(answer.one(key)) > 0
    assert all(float(value) > 0 for value in answer.one("cpu_s").split())
    assert all(int(value) > 1 << 20 for value in answer.one("peak").split())


def test_the_machine_is_told_to_be_busy(folder):
    script = "import time\ntime.sleep(0.6)\n"
    burners = []
    try:
        for _ in range(len(os.sched_getaffinity(0))):
            pid = os.fork()
            if pid == 0:
                end = time.monotonic() + 60
                while time.monotonic() < end:
                    pass
                os._exit(0)
            burners.append(pid)
        answer = folder.verify(script, both(script), "--quick")
    finally:
        for pid in burners:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    assert any("too busy" in note for note in answer.all("note")), answer.text
