"""The examples as they ship: each runs to its end, and its dry run has counted its calls."""

import json
import re

import pytest
from asking import ROOT, ask, errors_of, text_of
from model_server import Reply, Server

EXAMPLES = ROOT / "examples" / "ask"


def tagged(call):
    records = [line for line in call.prompt.splitlines() if line.startswith('{"id"')]
    rows = [{"id": json.loads(line)["id"], "tag": "other"} for line in records]
    return Reply(json.dumps({"messages": rows}))


def judged(call):
    """Writes a tagline, or prefers the one that was written last."""
    written = re.findall(r"tagline (\d+)", call.prompt)
    if not written:
        return Reply(f"tagline {call.number}")
    return Reply("A" if int(written[0]) > int(written[1]) else "B")


CASES = {
    "recipe": (lambda call: Reply("YES"), "calls: 9 at most", 7, "YES\n\nyes"),
    "vote": (lambda call: Reply("NO"), "calls: 15 at most", 9, "no"),
    "tagline": (judged, "calls: 25\n", 25, "tagline "),
    "tags": (tagged, "calls: 3\n", 3, '{"id":1,"tag":"other"}\n'),
}


@pytest.mark.parametrize("name", CASES)
def test_an_example(name):
    answer, planned, sent, begin = CASES[name]
    with Server(answer) as server:
        dry = ask(server, EXAMPLES / f"{name}.toml", "--dry-run")
        assert (dry.returncode, server.posts) == (0, 0), errors_of(dry)
        done = ask(server, EXAMPLES / f"{name}.toml")
    assert planned in text_of(dry)
    assert (done.returncode, server.posts) == (0, sent), errors_of(done)
    assert text_of(done).startswith(begin)
