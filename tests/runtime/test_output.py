"""What workers print reaches the caller's own streams, wherever those lead."""

import contextlib
import io
import sys

import braid
import pytest


def say(number):
    print(f"<{number}>")
    print(f"[{number}]", end="", file=sys.stderr)
    return number


@pytest.mark.parametrize("count", [1, 50])
def test_redirected_streams_get_it(processes, count):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert braid.map(say, range(count), **processes) == list(range(count))
    assert sorted(out.getvalue().split()) == sorted(f"<{n}>" for n in range(count))
    assert sorted(err.getvalue().replace("]", "] ").split()) == sorted(
        f"[{n}]" for n in range(count)
    )


def test_it_comes_before_the_result(processes):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for number in braid.imap(say, range(20), **processes):
            assert f"<{number}>" in out.getvalue()


def test_the_next_call_has_its_own_streams(tmp_path):
    with braid.Runner(backend="processes", workers=1) as runner:
        for turn in range(3):
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                runner.map(say, [turn])
            assert f"<{turn}>" in out.getvalue()
        out = tmp_path / "out"
        with open(out, "w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
            runner.map(say, [7])
        assert (tmp_path / "out").read_text(encoding="utf-8") == "<7>\n"


def test_of_failing_items_and_of_initializers(processes):
    def fail(number):
        print("ä" * 100_000 + "end")
        raise ValueError(number)

    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(ValueError, match="1"):
        braid.map(fail, [1], initializer=lambda: print("hello"), **processes)
    assert out.getvalue().startswith("hello\n")
    assert out.getvalue().endswith("ä" * 100_000 + "end\n")


def test_of_executors():
    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(io.StringIO()),
        braid.ProcessPoolExecutor(1) as executor,
    ):
        assert executor.submit(say, 3).result(20) == 3
    assert out.getvalue() == "<3>\n"


def test_a_terminal_of_ones_own_is_written_to_directly(script):
    status, out, err = script(
        """
import braid, sys
def say(n):
    print("worker", n)
    return type(sys.stdout).__name__
print(braid.map(say, [1], backend="processes", workers=1))
""",
    )
    assert (status, out, err) == (0, "worker 1\n['TextIOWrapper']\n", "")
