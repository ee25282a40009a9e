"""What an initializer does is there for the items: in each worker, and where there is none."""

import builtins

import braid
import pytest

PATTERN = """
import braid, sys
model = None
begun = []
def load():
    global model
    model = "loaded"
def begin(word):
    load()
    begun.append(word)
def work(number):
    return model, begun, number
for options in ({options}):
    found = braid.map(work, [1, 2], initializer=begin, initargs=("go",), **options)
    assert found == [("loaded", ["go"], 1), ("loaded", ["go"], 2)], (options, found)
    assert model is None and begun == []
    with braid.Runner(initializer=begin, initargs=("go",), **options) as runner:
        assert runner.map(work, [3]) == [("loaded", ["go"], 3)]
        assert runner.submit(work, 4).result() == ("loaded", ["go"], 4)
with braid.ProcessPoolExecutor(1, initializer=begin, initargs=("go",)) as pool:
    assert pool.submit(work, 5).result() == ("loaded", ["go"], 5)
print("good")
"""


def test_module_level_names_that_it_binds_or_fills(script):
    """The pattern of every pool: `global model; model = load()`."""
    options = ", ".join(
        f"dict(backend='processes', workers=1, start_method={method!r})"
        for method in ("forkserver", "fork", "spawn")
    )
    status, out, err = script(PATTERN.replace("{options}", options))
    assert (status, out, err) == (0, "good\n", "")


def test_names_that_it_leaves_alone_are_the_callers(script):
    status, out, err = script(
        """
import braid
rate = 1
table = {}
def begin():
    table["a"] = rate
def work(_):
    return rate, table
with braid.Runner(backend="processes", workers=1, initializer=begin) as runner:
    assert runner.map(work, [0]) == [(1, {"a": 1})]
    rate = 2
    assert runner.map(work, [0]) == [(2, {"a": 1})]
print("good")
"""
    )
    assert (status, out, err) == (0, "good\n", "")


def count():
    builtins.braid_begun = getattr(builtins, "braid_begun", 0) + 1


@pytest.fixture
def begun(monkeypatch):
    monkeypatch.setattr(builtins, "braid_begun", 0, raising=False)
    return lambda: builtins.braid_begun


def test_serial_calls_it_once(begun):
    assert braid.map(lambda _: begun(), range(3), backend="serial", initializer=count) == [1] * 3
    with pytest.raises(braid.InitializerFailed) as caught:
        braid.map(abs, [1], backend="serial", initializer=lambda: 1 / 0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_coroutines_call_it_once(begun):
    async def work(_):
        return begun()

    assert braid.map(work, range(3), initializer=count) == [1] * 3
    with pytest.raises(braid.InitializerFailed):
        braid.map(work, [1], initializer=lambda: 1 / 0)


def test_auto_keeps_it_out_of_the_callers_process(begun):
    def look(_):
        return getattr(builtins, "braid_begun", None)

    assert braid.map(look, range(3), workers=1, initializer=count) == [1] * 3
    assert begun() == 0
    assert braid.last_run().backend == "processes"
    assert "initializer" in braid.last_run().why
