"""journal=: what is done stays done."""

import os
import signal
import subprocess
import sys
import threading
import time

import braid
import pytest
from runtime_places import FULL, PACKAGE


def test_results_come_as_they_are_done(backend, tmp_path):
    path = tmp_path / "run.db"
    stop = tmp_path / "stop"
    stop.touch()
    log = tmp_path / "log"

    def work(number):
        if number == 0:
            time.sleep(0.3)
            return "slow"
        if number % 10 == 3 and stop.exists():
            raise OSError(number)
        with open(log, "a", encoding="ascii") as file:
            file.write(f"{number}\n")
        return number if number % 2 else None

    options = {**backend, "journal": path, "ordered": False}
    found = list(braid.imap(work, range(40), on_error="return", **options))
    assert len(found) == 40
    assert sum(isinstance(each, OSError) for each in found) == 4
    if backend.get("backend") in ("threads", "processes"):
        assert found.index("slow") > 3
    stop.unlink()
    log.unlink()
    wanted = ["slow", *(n if n % 2 else None for n in range(1, 40))]
    again = braid.map(work, range(40), **options)
    assert sorted(again, key=str) == sorted(wanted, key=str)
    assert sorted(int(line) for line in log.read_text().split()) == [3, 13, 23, 33]
    log.unlink()
    # Each stands in its place for a run in order.
    assert braid.map(work, range(40), **{**options, "ordered": True}) == wanted
    assert not log.exists()


def test_a_first_item_that_takes_long(tmp_path):
    def work(number):
        time.sleep(0.15 if number == 0 else 0.01)
        return None if number < 5 else number

    options = {"journal": tmp_path / "run.db", "backend": "auto"}
    found = braid.map(work, range(30), ordered=False, **options)
    assert sorted(found, key=str) == sorted([None] * 5 + list(range(5, 30)), key=str)
    assert braid.map(work, range(30), **options) == [None] * 5 + list(range(5, 30))


def test_a_call_goes_on_where_it_was(backend, tmp_path):
    path = tmp_path / "run.db"
    log = tmp_path / "log"
    stop = tmp_path / "stop"
    stop.touch()

    def work(number):
        with open(log, "a", encoding="ascii") as file:
            file.write(f"{number}\n")
        if number == 30 and stop.exists():
            raise OSError("broken")
        return number * 2, braid.rng().random()

    whole = braid.map(lambda n: braid.rng().random(), range(50), seed=5, backend="serial")
    with pytest.raises(OSError, match="broken") as caught:
        braid.map(work, range(50), journal=path, seed=5, **backend)
    assert braid.error_info(caught.value).index == 30
    stop.unlink()
    log.unlink()
    found = braid.map(work, range(50), journal=path, seed=5, **backend)
    assert found == [(n * 2, number) for n, number in enumerate(whole)]
    begun = {int(line) for line in log.read_text().split()}
    assert 30 in begun  # later ones may have been done
    assert begun <= set(range(30, 50))
    log.unlink()
    assert list(braid.imap(work, range(50), journal=path, seed=5, **backend)) == found
    assert not log.exists()


def test_failures_are_tried_again(tmp_path):
    path = tmp_path / "run.db"

    def work(number):
        return 10 // number

    options = {"backend": "threads", "workers": 2, "journal": path}
    assert braid.map(work, [5, 0, 2], on_error="skip", **options) == [2, 5]
    found = braid.map(work, [5, 0, 2], on_error="return", **options)
    assert found[0] == 2
    assert isinstance(found[1], ZeroDivisionError)
    assert braid.map(work, [5, 10, 2], **options) == [2, 1, 5]


def test_another_function_is_refused(tmp_path):
    path = tmp_path / "run.db"
    braid.map(lambda n: n + 1, [1], journal=path, backend="serial")
    with pytest.raises(braid.JournalMismatch, match="name or code"):
        braid.map(lambda n: n + 2, [1], journal=path, backend="serial")
    with pytest.raises(braid.JournalMismatch, match="name or code"):
        braid.map(abs, [1], journal=path, backend="serial")


def test_a_second_writer_is_refused(tmp_path):
    path = tmp_path / "run.db"
    with braid.imap(abs, range(100), journal=path, backend="threads", workers=1) as results:
        next(results)
        with pytest.raises(braid.JournalMismatch, match="another writer"):
            braid.map(abs, range(100), journal=path, backend="serial")
    assert braid.map(abs, range(3), journal=path, backend="serial") == [0, 1, 2]


def test_a_file_that_is_no_journal(tmp_path):
    path = tmp_path / "run.db"
    path.write_text("hello, this is not a database at all" * 100, encoding="ascii")
    with pytest.raises(braid.JournalMismatch):
        braid.map(abs, [1], journal=path, backend="serial")
    assert path.read_text(encoding="ascii").startswith("hello")


PROGRAM = """
import braid, sys, time
def work(n):
    time.sleep(0.002)
    return n * n
with open({out!r}, "w") as file:
    for result in braid.imap(work, range(300), journal={path!r}, backend="processes", workers=2):
        file.write(f"{{result}}\\n")
"""


def test_killed_at_any_instant_the_output_is_the_same(tmp_path):
    program = tmp_path / "program.py"
    out, path = str(tmp_path / "out"), str(tmp_path / "run.db")
    program.write_text(PROGRAM.format(out=out, path=path), encoding="ascii")
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    for round_ in range(100 if FULL else 5):
        running = subprocess.Popen([sys.executable, str(program)], env=environment)
        time.sleep(0.15 + 0.05 * (round_ % 7))
        running.send_signal(signal.SIGKILL)
        running.wait(20)
    done = subprocess.run([sys.executable, str(program)], env=environment, timeout=40, check=True)
    assert done.returncode == 0
    with open(out, encoding="ascii") as file:
        assert file.read() == "".join(f"{n * n}\n" for n in range(300))


EARLY = """
import braid, os, time
def work(n):
    with open({log!r}, "a") as file:
        file.write(f"{{n}}\\n")
    while n == 0 and not os.path.exists({go!r}):
        time.sleep(0.01)
    return n
braid.map(work, range(40), journal={path!r}, backend={backend!r}, workers=2, batch=1)
"""


@pytest.mark.parametrize("backend", ["threads", "processes"])
def test_what_is_done_behind_a_slow_item_survives_a_kill(tmp_path, backend):
    program, log, path = tmp_path / "program.py", tmp_path / "log", tmp_path / "run.db"
    go = tmp_path / "go"
    text = EARLY.format(log=str(log), go=str(go), path=str(path), backend=backend)
    program.write_text(text, encoding="ascii")
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    running = subprocess.Popen([sys.executable, str(program)], env=environment)
    until = time.monotonic() + 20
    while not (log.exists() and len(log.read_text().split()) == 40) and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)  # until the last of them is written
    running.kill()
    running.wait(20)
    log.unlink()
    go.touch()
    subprocess.run([sys.executable, str(program)], env=environment, timeout=40, check=True)
    assert log.read_text().split() == ["0"]


def test_a_function_is_the_same_in_every_process(tmp_path):
    """The order of a set of strings is another in each."""
    program = tmp_path / "program.py"
    path = str(tmp_path / "run.db")
    program.write_text(
        "import braid\n"
        "def work(n):\n"
        "    return n in {'a', 'b', 'c', 'd', 'e', 'f'} or n in ({1, 2}, 'x', 3)\n"
        f"braid.map(work, ['a'], journal={path!r}, backend='serial')\n",
        encoding="ascii",
    )
    for seed in range(4):
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONHASHSEED": str(seed)}
        subprocess.run([sys.executable, str(program)], env=environment, timeout=40, check=True)


def test_the_code_of_an_object_counts(tmp_path):
    path = tmp_path / "run.db"

    def of(change):
        class Scale:
            def __call__(self, number):
                return number + 1 if change else number * 2

        class Other:
            def __call__(self, number):
                return number

        Other.__qualname__ = Scale.__qualname__
        return Other() if change else Scale()

    braid.map(of(False), [1], journal=path, backend="serial")
    braid.map(of(False), [1], journal=path, backend="serial")
    with pytest.raises(braid.JournalMismatch):
        braid.map(of(True), [1], journal=path, backend="serial")


def test_a_result_that_cannot_be_written_is_named(tmp_path):
    options = {"journal": tmp_path / "run.db", "backend": "threads", "workers": 2}
    with pytest.raises(braid.NotPicklable) as caught:
        braid.map(lambda n: threading.Lock() if n == 3 else n, range(5), **options)
    assert caught.value.index == 3
