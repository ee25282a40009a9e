"""braid.llm against the server: calls, streams, maps, workflows, merges, errors; also
asynchronous."""

import asyncio
import time

import pytest
from asking import KEY
from model_server import Reply, Server, error
from package import client_of, llm
from raw_server import EVENTS, RawServer, event, head

pytestmark = pytest.mark.usefixtures("native")


def test_one_call():
    with (
        Server(lambda call: Reply("hello " + call.prompt)) as server,
        client_of(server, system="be kind", temperature=0.5) as client,
    ):
        answer = client.ask("you", max_tokens=7)
        assert (answer.text, answer.status, answer.attempts) == ("hello you", "ok", 1)
        assert answer.usage.prompt == server.tokens["prompt"]
        body = server.calls[0].body
        assert body["messages"][0] == {"role": "system", "content": "be kind"}
        assert (body["temperature"], body["max_tokens"], body["model"]) == (0.5, 7, "m")
        assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"
        assert client.stats()["attempts"] == 1


def test_a_stream():
    server = Server(lambda call: Reply("one two three", piece=60, slow=0.005))
    with server, client_of(server) as client:
        pieces = list(client.stream("x"))
    assert "".join(pieces) == "one two three"
    assert len(pieces) > 1


def test_a_stream_of_bytes_gives_characters():
    """As servers send them that cut their tokens anywhere."""
    text = "caf\u00e9 \u5b57 \U0001f600!"

    def answer(connection, _):
        data = b"".join(event("?").replace(b"?", bytes([byte])) for byte in text.encode())
        connection.send(head(kind=EVENTS) + data + event("", "stop") + b"data: [DONE]\n\n")
        return False

    with RawServer(answer) as server, client_of(server) as client:
        pieces = list(client.stream("x"))
    assert "".join(pieces) == text


def test_map_keeps_the_order_and_names_what_failed():
    def answer(call):
        return error(400, "no") if call.prompt.endswith("3") else Reply(call.prompt)

    with Server(answer, jitter=0.05) as server, client_of(server) as client:
        answers = client.map("say {chunk}", range(20))
    assert [each.index for each in answers] == list(range(20))
    assert [each.text for each in answers if each] == [f"say {i}" for i in range(20) if i % 10 != 3]
    assert "HTTP 400" in answers[3].error


def test_imap_draws_only_as_far_ahead_as_calls_can_be_in_flight():
    drawn = []

    def items():
        for i in range(1000):
            drawn.append(i)
            yield i

    with Server() as server, client_of(server, max_in_flight=2) as client:
        found = client.imap("{chunk}", items())
        assert next(found).text == "0"
        assert len(drawn) <= 6
        found.close()


def test_draws_get_seeds():
    server = Server(lambda call: Reply(str(call.body["seed"])))
    with server, client_of(server, seed=10) as client:
        answers = client.map(["x", "y"], repeat=3)
    assert [(each.index, each.draw, each.text) for each in answers] == [
        (i, draw, str(10 + draw)) for i in range(2) for draw in range(3)
    ]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(401, "wrong key"), llm.Unauthorised),
        (error(404, "no such model", code="model_not_found"), llm.UnknownModel),
        (error(429, "quota", code="insufficient_quota"), llm.QuotaExhausted),
    ],
)
def test_stops_raise(reply, kind):
    with Server(lambda call: reply) as server, client_of(server) as client:
        with pytest.raises(kind):
            client.ask("x")
        with pytest.raises(kind):
            client.map("{chunk}", range(5))
    assert server.posts == 1


def test_a_budget_stops():
    server = Server()
    with server, client_of(server, budget=150, max_tokens=10) as client:
        pytest.raises(llm.BudgetStop, client.map, "{chunk}", range(100))
    assert server.tokens["prompt"] + server.tokens["completion"] <= 150


def test_a_budget_in_dollars_counts_the_model_that_is_asked(tmp_path):
    (tmp_path / "p.toml").write_text(
        "m = { input = 1000, output = 1000 }\ndear = { input = 9000, output = 9000 }\n"
    )
    budget = {"usd": 1.0, "prices": str(tmp_path / "p.toml")}
    with Server() as server:
        client = llm.Client("m", base_url=server.url, api_key="k", budget=budget, max_tokens=5)
        with client:
            cheap, dear = client.ask("four"), client.ask("four", model="dear")
            assert cheap.usd > 0 and dear.usd == pytest.approx(9 * cheap.usd)
            with pytest.raises(llm.Refused, match="the price of nobodys"):
                client.ask("four", model="nobodys")
    assert server.posts == 2


def test_the_clients_settings_hold_for_workflows(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text('braid = 1\npart.a = "hello"\n')
    settings = {"top_p": 0.5, "extra": {"top_k": 7}, "headers": {"X-Team": "blue"}}
    with Server() as server:
        with client_of(server, **settings) as client:
            assert client.run(llm.Workflow(path)).output == "hello"
        with client_of(server, headers={"Authorization": "Bearer x"}) as client:
            pytest.raises(llm.Refused, client.run, llm.Workflow(path))
    (call,) = server.calls
    assert (call.body["top_p"], call.body["top_k"], call.headers["x-team"]) == (0.5, 7, "blue")


def test_stats_have_the_names_of_the_command_line():
    with Server(lambda call: error(400, "no")) as server, client_of(server) as client:
        client.map("{chunk}", range(3))
        found = client.stats()
    assert (found["calls"], found["attempts"], found["refused"], found["lost"]) == (3, 3, 0, 3)
    assert set(found["tokens"]) == {"prompt", "cached", "completion"}
    assert found["seconds"] > 0


def test_wrong_settings_are_refused():
    with Server() as server:
        with pytest.raises(llm.Refused):
            client_of(server, temprature=1)
        with pytest.raises(llm.Refused):
            client_of(server, budget=5).ask("x")
        with pytest.raises(llm.Refused):
            client_of(server).map("no place", [1])
        assert server.posts == 0


def test_asynchronous_twins():
    async def main(client):
        first = await client.aask("one")
        rest = await client.amap("{chunk}", range(30))
        pieces = [piece async for piece in client.astream("two words")]
        one_by_one = [each.text async for each in client.aimap("{chunk}", range(5))]
        return first.text, [each.text for each in rest], "".join(pieces), one_by_one

    with Server(latency=0.02) as server, client_of(server) as client:
        began = time.monotonic()
        assert asyncio.run(main(client)) == (
            "one",
            [str(i) for i in range(30)],
            "two words",
            [str(i) for i in range(5)],
        )
        assert server.most_in_flight > 3
        assert time.monotonic() - began < 20


def test_a_journal_is_used_again(tmp_path):
    with Server() as server:
        for _ in range(2):
            with client_of(server, journal=tmp_path / "j", resume=True) as client:
                assert [each.text for each in client.map("{chunk}", range(5))] == list("01234")
        assert server.posts == 5


def test_a_workflow(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text(
        'braid = 1\nset.city = "Rome"\n[part]\na = "one {city}"\nb = "two {city}"\n'
        '[merge]\nboth = { stitch = ["a", "b"], join = "|" }\n'
    )
    workflow = llm.Workflow.load(path)
    assert workflow.plan().calls == 2
    with Server() as server, client_of(server) as client:
        result = client.run(workflow, city="Oslo")
        assert result.output == "one Oslo|two Oslo"
        assert [each.part for each in result.parts] == ["a", "b"]
        assert result.merges["both"]["made"]
        again = asyncio.run(client.arun(workflow))
        assert again.output == "one Rome|two Rome"
        server.answer = lambda call: error(400, "no")
        with pytest.raises(llm.Incomplete) as caught:
            client.run(workflow)
        assert list(caught.value.result.gaps) == ["a", "b"]
        server.answer = lambda call: error(401, "no")
        with pytest.raises(llm.Unauthorised):
            client.run(workflow)
    path.write_text('braid = 1\npart.a = "{b}"\n')
    with pytest.raises(llm.BadWorkflow, match="w.toml:2"):
        llm.Workflow.load(path)


def test_splits_and_merges_by_themselves():
    text = "One two.\n\n  Three four.\r\n\r\nFive.\n"
    chunks = llm.split(text, "paragraphs")
    assert "".join(chunks) == text and len(chunks) == 3
    assert llm.stitch([chunk.strip().upper() for chunk in chunks], chunks=chunks) == text.upper()
    assert llm.stitch(["a", "b"], "|") == "a|b"
    assert llm.stitch(["a", None], "|", missing="best-effort").startswith("a|[missing")
    with pytest.raises(llm.LlmError):
        llm.stitch(["a", None])
    found = llm.vote(["Yes.", "no", "yes", None], ["yes", "no"])
    assert (found.winner, dict(found.votes), found.margin, found.abstained) == (
        "yes",
        {"yes": 2, "no": 1},
        1,
        1,
    )
    tie = llm.vote(["yes", "no"], ["yes", "no"])
    assert tie.winner is None and tie.tie and "yes and no" in tie.why
    assert llm.vote(["x1", "y2", "z1"], normalise=lambda text: text[-1]).winner == "1"


def test_best_and_synthesise():
    def answer(call):
        if "Score this" in call.prompt:
            return Reply("9" if "good {one}" in call.prompt else "3")
        return Reply("all: " + str(call.prompt.count("<part name=")))

    with Server(answer) as server, client_of(server) as client:
        assert llm.best(["bad", "good {one}", "@ugly"], "Kindness.", client) == "good {one}"
        assert llm.synthesise(["a", "b", "c"], "Join {parts}", client) == "all: 3"
        assert asyncio.run(llm.asynthesise(["a", "b"], "Join {parts}", client)) == "all: 2"
