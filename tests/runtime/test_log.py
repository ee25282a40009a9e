"""BRAID_LOG tells what happened; progress in a notebook is a bar that needs no terminal."""

import io
import os
import sys

import braid
import pytest
from runtime_places import PACKAGE

PROGRAM = """
import braid, os
def work(n):
    if n == 3:
        os._exit(5)
    return n
def slow(n):
    import time
    time.sleep(n)
braid.map(work, range(5), backend="processes", workers=1, on_error="skip", retries=1)
braid.map(slow, [0, 9], backend="processes", workers=1, on_error="skip", timeout=0.2)
braid.map(abs, [1])
"""
SAID = (
    "call backend='processes' workers=1 why='asked for'",
    "fork server started",
    "worker started slot=0",
    "worker ended slot=0",
    "how='exited with status 5' item=3",
    "again index=3 attempt=1 error='WorkerDied:",
    "over time index=1 attempt=0 limit=0.2",
    "done backend='processes'",
    "died=2",
    "done backend='serial'",
    "why='the work is small'",
)


@pytest.mark.parametrize("to", ["1", "stderr", "file", "", "0"])
def test_what_the_log_says(script, tmp_path, to):
    path = tmp_path / "log"
    wanted = str(path) if to == "file" else to
    status, out, err = script(
        PROGRAM, env={**os.environ, "PYTHONPATH": str(PACKAGE), "BRAID_LOG": wanted}
    )
    assert (status, out) == (0, "")
    if to in ("", "0"):
        assert err == ""
        return
    said = path.read_text(encoding="utf-8") if to == "file" else err
    for part in SAID:
        assert part in said, said
    assert all(" braid[" in line for line in said.splitlines())


def test_a_log_that_cannot_be_written_harms_nobody(script):
    status, out, err = script(
        "import braid\nprint(braid.map(abs, [-1], backend='threads'))\n",
        env={**os.environ, "PYTHONPATH": str(PACKAGE), "BRAID_LOG": "/nowhere/at/all"},
    )
    assert (status, out, err) == (0, "[1]\n", "")


def test_a_bar_in_a_cell(monkeypatch):
    class OutStream(io.StringIO):
        pass

    OutStream.__module__ = "ipykernel.iostream"
    shown = OutStream()
    monkeypatch.setattr(sys, "stderr", shown)
    braid.map(abs, range(20), backend="threads", workers=2, progress=True)
    text = shown.getvalue()
    assert "\x1b" not in text
    assert text.startswith("\r[")
    assert "20/20" in text.rpartition("\r")[2]
    assert text.endswith("\n")
