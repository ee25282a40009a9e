"""What braid.llm refuses before anything is sent: values that would be ignored, misread or paid for
by mistake. Each message names the setting and what it may be."""

import pytest
from model_server import Server
from package import client_of, llm

pytestmark = pytest.mark.usefixtures("native")

SETTINGS = {
    "rpm": [0, -5, "fast", True],
    "tpm": [0, "1000"],
    "max_in_flight": [0, 2.5, "2"],
    "retries": [-1, "3"],
    "timeout": [0, "5"],
    "temperature": [-1, "hot", float("nan")],
    "max_tokens": [0, "5", 1.5],
    "seed": ["x", 0.5],
    "base_url": [5],
    "system": [["be kind"]],
    "extra": ["top_k"],
    "headers": [["X: y"]],
    "budget": [1.5, True, {"dollars": 1}],
    "temprature": [1],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, each) for name, values in SETTINGS.items() for each in values]
)
def test_settings_of_a_client(name, value):
    with pytest.raises(llm.Refused, match=name):
        llm.Client("m", **{name: value})


CALLS = {
    "a number for a prompt": lambda client: client.ask(5),
    "bytes for a prompt": lambda client: client.ask(b"x"),
    "no messages": lambda client: client.ask([]),
    "a message without content": lambda client: client.ask([{"role": "user"}]),
    "texts for messages": lambda client: client.ask(["a", "b"]),
    "a text for a number": lambda client: client.ask("x", max_tokens="5"),
    "a temperature below 0": lambda client: client.ask("x", temperature=-1),
    "an unknown setting": lambda client: client.ask("x", nonsense=1),
    "letters of a prompt": lambda client: client.map("three words here"),
    "letters of an item": lambda client: client.map("{chunk}", "abc"),
    "no place for the item": lambda client: client.map("no place", [1]),
    "no draws": lambda client: client.map("{chunk}", [1], repeat=0),
    "a split that is none": lambda client: llm.split("x", "paragraph"),
    "a split of bytes": lambda client: llm.split(b"x"),
    "fewer than no pieces": lambda client: llm.split("x", "lines", batch=-1),
    "both bounds of a chunk": lambda client: llm.split("x", "lines", batch=1, tokens=1),
    "letters of a text": lambda client: llm.stitch("abc"),
    "a rule that is none": lambda client: llm.stitch(["a"], missing="quorum:x"),
    "more chunks than texts": lambda client: llm.stitch(["a"], chunks=["a", "b"]),
    "letters of a ballot": lambda client: llm.vote("yes"),
    "ties for no choice": lambda client: llm.vote(["a"], ["yes", "no"], ties="yess"),
    "one choice": lambda client: llm.vote(["a"], ["yes"]),
    "a label by no rule": lambda client: llm.vote(["a"], normalise="wrod"),
    "a quorum below 0": lambda client: llm.vote(["a"], quorum=-1),
    "nothing to choose from": lambda client: llm.best([], "Short.", client),
    "letters to choose from": lambda client: llm.best("abc", "Short.", client),
    "no parts to write from": lambda client: llm.synthesise(["a", "b"], "join", client),
    "a workflow that is not there": lambda client: client.run("gone.toml"),
}


@pytest.mark.parametrize("kind", CALLS)
def test_calls(kind):
    with Server() as server, client_of(server) as client:
        with pytest.raises(llm.Refused):
            CALLS[kind](client)
        assert server.posts == 0
        assert client.ask("still works").text == "still works"


def test_a_misspelt_setting_has_its_nearest_name():
    with pytest.raises(llm.Refused, match=r"temprature; did you mean temperature\?"):
        llm.Client("m", temprature=1)
    with pytest.raises(llm.Refused, match="nonsense; `extra`"):
        llm.Client("m", nonsense=1)


def test_a_workflow_may_be_named_by_its_file(tmp_path):
    (tmp_path / "w.toml").write_text('braid = 1\npart.a = "hello"\n')
    with Server() as server, client_of(server) as client:
        assert client.run(tmp_path / "w.toml").output == "hello"
        assert client.run(str(tmp_path / "w.toml")).output == "hello"
