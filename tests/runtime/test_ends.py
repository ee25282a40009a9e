"""Ctrl-C and the death of the parent: nothing is left behind, and nothing hangs."""

import os
import signal
import subprocess
import sys
import time

import pytest
from runtime_places import PACKAGE

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE)}

BUSY = """
import os, signal, subprocess, sys, time
import braid
signal.signal(signal.SIGINT, signal.default_int_handler)
def work(number):
    with open({pids!r} + "/" + str(os.getpid()), "w"):
        pass
    if {child}:
        subprocess.run(["sleep", "60"])
    time.sleep({seconds})
    return number
print("begin", flush=True)
{call}
"""

CALLS = {
    "map": "braid.map(work, range(1000), {options})",
    "imap": "print(sum(braid.imap(work, range(1000), {options})))",
    "slow consumer": "for n in braid.imap(work, range(1000), {options}): time.sleep(30)",
}

OPTIONS = {
    "forkserver": "backend='processes', workers=2",
    "fork": "backend='processes', workers=2, start_method='fork'",
    "spawn": "backend='processes', workers=2, start_method='spawn'",
    "threads": "backend='threads', workers=2",
}


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def start(tmp_path, call, options, *, seconds=0.05, child=False):
    """The program, when at least one worker is at work; and the folder of the workers' ids."""
    pids = tmp_path / "pids"
    pids.mkdir()
    path = tmp_path / "program.py"
    call = CALLS[call].format(options=OPTIONS[options])
    path.write_text(
        BUSY.format(pids=str(pids), child=child, seconds=seconds, call=call), encoding="utf-8"
    )
    program = subprocess.Popen(
        [sys.executable, str(path)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 20
    while not list(pids.iterdir()) and time.monotonic() < until:
        time.sleep(0.01)
    assert list(pids.iterdir()), program.poll()
    return program, pids


def descendants_of(session):
    """Processes whose session is that of the program; workers keep it."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii") as file:
                    fields = file.read().rpartition(")")[2].split()
            except (OSError, UnicodeDecodeError):
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(name))
    return found


def wait_until_gone(session, limit=5.0):
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if not descendants_of(session):
            return []
        time.sleep(0.01)
    return descendants_of(session)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("group", [False, True], ids=["parent", "group"])
def test_ctrl_c_ends_everything_with_one_traceback(tmp_path, call, options, group):
    program, _ = start(tmp_path, call, options)
    time.sleep(0.1)
    (os.killpg if group else os.kill)(program.pid, signal.SIGINT)
    try:
        _, said = program.communicate(timeout=20)
    finally:
        program.kill()
    assert program.returncode == -signal.SIGINT
    assert said.count("Traceback") == 1, said
    assert said.rstrip().endswith("KeyboardInterrupt"), said
    assert wait_until_gone(program.pid) == []


@pytest.mark.parametrize("options", [name for name in OPTIONS if name != "threads"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_parents_death_takes_workers_and_their_children(tmp_path, options, number):
    program, _ = start(tmp_path, "map", options, child=True)
    time.sleep(0.1)
    assert len(descendants_of(program.pid)) >= 3
    os.kill(program.pid, number)
    program.communicate(timeout=20)
    assert wait_until_gone(program.pid) == []


@pytest.mark.parametrize("options", [name for name in OPTIONS if name != "threads"])
def test_leaving_early_takes_the_workers_along(script, options):
    status, out, err = script(
        f"""
import braid, os
results = braid.imap(abs, range(10**6), {OPTIONS[options]})
print(next(results), next(results))
"""
    )
    assert (status, out, err) == (0, "0 1\n", "")


def test_a_killed_fork_server_is_replaced(script):
    status, out, err = script(
        """
import braid, os, signal
from braid import _links
assert braid.map(abs, range(9), backend="processes", workers=2) == list(range(9))
os.kill(_links._shared["server"][1], signal.SIGKILL)
for _ in range(3):
    assert braid.map(abs, range(9), backend="processes", workers=2) == list(range(9))
assert braid.map(abs, range(9), backend="processes", workers=1) == list(range(9))
print("good")
"""
    )
    assert (status, out, err) == (0, "good\n", "")


def test_sigchld_ignored_and_somebodys_waitpid(script):
    status, out, err = script(
        """
import braid, os, signal, threading, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
assert braid.map(abs, range(99), backend="processes", workers=2) == list(range(99))
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
def wait():
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            time.sleep(0.001)
threading.Thread(target=wait, daemon=True).start()
for method in ("forkserver", "fork", "spawn"):
    options = dict(backend="processes", workers=2, start_method=method)
    assert braid.map(abs, range(99), **options) == list(range(99))
    try:
        braid.map(lambda n: os.kill(os.getpid(), 9), [1], **options)
    except braid.WorkerDied:
        print("died")
""",
    )
    assert (status, out) == (0, "died\n" * 3), err


def test_a_fork_of_the_users_in_the_middle(script):
    status, out, err = script(
        """
import braid, os
results = braid.imap(abs, range(10**5), backend="processes", workers=2)
assert next(results) == 0
pid = os.fork()
if pid == 0:
    assert braid.map(abs, [-3], backend="processes", workers=2) == [3]
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert sum(results) == sum(range(10**5))
print("good")
"""
    )
    assert (status, out, err) == (0, "good\n", "")


def test_threads_that_hold_locks_do_not_matter(script):
    """The server is executed, not forked, so a lock that some thread holds stays here."""
    status, out, err = script(
        """
import braid, logging, sys, threading
held = threading.Event()
def hold():
    logging._acquireLock() if hasattr(logging, "_acquireLock") else logging._lock.acquire()
    import _imp
    _imp.acquire_lock()
    held.set()
    threading.Event().wait()
import braid._calls, braid._pools, braid._worker_died, braid._api, cloudpickle
threading.Thread(target=hold, daemon=True).start()
held.wait()
def work(n):
    logging.getLogger("x").debug("y")
    return n
assert braid.map(work, range(99), backend="processes", workers=2) == list(range(99))
print("good", flush=True)
import os
os._exit(0)
"""
    )
    assert (status, out, err) == (0, "good\n", "")


def test_workers_of_a_script_without_a_main_guard_do_not_run_it_again(script):
    for method in ("forkserver", "fork", "spawn"):
        status, out, err = script(
            f"""
import braid
print("once", flush=True)
OFFSET = 3
def work(n):
    return n + OFFSET
class Pair:
    def __init__(self, a):
        self.a = a
def make(n):
    return Pair(n)
options = dict(backend="processes", workers=2, start_method={method!r})
print(braid.map(work, range(3), **options))
print([type(p) is Pair and p.a for p in braid.map(make, range(3), **options)])
print(braid.map(lambda p: p.a, [Pair(5)], **options))
"""
        )
        assert (status, err) == (0, "")
        assert out == "once\n[3, 4, 5]\n[0, 1, 2]\n[5]\n"


def test_a_program_in_a_pipe(tmp_path):
    done = subprocess.run(
        [sys.executable, "-"],
        input="import braid\ndef f(n): return n + 1\n"
        "print(braid.map(f, range(3), backend='processes', workers=2))\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=ENVIRONMENT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[1, 2, 3]\n", "")


def test_a_redefined_function_takes_effect(backend):
    import braid

    for value in range(3):
        namespace = {}
        exec(f"def f(n): return n + {value}", namespace)
        namespace["f"].__module__ = "__main__"
        assert braid.map(namespace["f"], [1], **backend) == [1 + value]


def test_what_workers_print_arrives(script):
    status, out, err = script(
        "import braid\nbraid.map(print, ['a', 'b', 'c'], backend='processes', workers=1)\n"
    )
    assert (status, out, err) == (0, "a\nb\nc\n", "")


def test_workers_read_nothing_from_standard_input(script):
    status, out, err = script(
        "import braid, sys\n"
        "print(braid.map(lambda n: sys.stdin.read(), [1], backend='processes', workers=1))\n",
        input="secret",
    )
    assert (status, out, err) == (0, "['']\n", "")


def test_idle_workers_leave_and_come_back(script):
    status, out, err = script(
        """
import braid, os, time
def pid(_): return os.getpid()
(first,) = braid.map(pid, [1], backend="processes", workers=1)
(warm,) = braid.map(pid, [1], backend="processes", workers=1)
assert warm == first
time.sleep(1.0)
assert not os.path.exists(f"/proc/{first}")
(second,) = braid.map(pid, [1], backend="processes", workers=1)
assert second != first
braid.map(abs, [1], backend="threads", workers=1)
import threading
time.sleep(1.0)
assert threading.active_count() == 1
print("good")
""",
        env={**ENVIRONMENT, "BRAID_IDLE_TIMEOUT": "0.3"},
    )
    assert (status, out, err) == (0, "good\n", "")


def test_workers_of_the_parent_are_not_used_in_a_fork(script):
    """A fork has copies of the objects, and none of their workers."""
    status, out, err = script(
        """
import braid, os
executor = braid.ProcessPoolExecutor(2)
runner = braid.Runner(backend="processes", workers=2)
for _ in range(2):
    assert executor.submit(abs, -1).result() == runner.submit(abs, -1).result() == 1
    assert runner.map(abs, range(9)) == list(range(9))
    pid = os.fork()
    if pid == 0:
        try:
            executor.submit(abs, -1)
        except RuntimeError:
            assert runner.map(abs, range(9)) == list(range(9))
            assert runner.submit(abs, -2).result() == 2
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert executor.submit(abs, -1).result() == runner.submit(abs, -1).result() == 1
print("good")
"""
    )
    assert (status, out, err) == (0, "good\n", "")


def test_workers_have_the_environment_of_the_call(processes, monkeypatch):
    import braid

    def look(name):
        return os.environ.get(name)

    names = ["BRAID_TEST_ONE", "BRAID_TEST_TWO", "OMP_NUM_THREADS"]
    assert braid.map(look, names[:2], **processes) == [None, None]
    monkeypatch.setenv("BRAID_TEST_ONE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert braid.map(look, names, **processes) == ["1", None, "7"]
    assert braid.map(look, names, threads_per_worker=3, **processes) == ["1", None, "3"]
    monkeypatch.delenv("BRAID_TEST_ONE")
    monkeypatch.setenv("BRAID_TEST_TWO", "2")
    assert braid.map(look, names[:2], **processes) == [None, "2"]
