"""braid.llm beside all else that a program does: cancelled tasks, running loops, threads, forks, a
native process that dies."""

import asyncio
import concurrent.futures
import dataclasses
import inspect
import os
import signal
import threading
import time

import pytest
from model_server import Reply, Server
from package import client_of, llm

pytestmark = pytest.mark.usefixtures("native")


def test_a_cancelled_task_frees_its_slot():
    def answer(call):
        return Reply(call.prompt, delay=60 if call.prompt == "slow" else 0)

    async def main(client):
        task = asyncio.ensure_future(client.aask("slow"))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return (await asyncio.wait_for(client.aask("fast"), 20)).text

    with Server(answer) as server, client_of(server, max_in_flight=1) as client:
        assert asyncio.run(main(client)) == "fast"


def test_works_inside_of_a_running_loop_and_after_a_fork():
    async def main(client):
        return client.ask("inside").text

    with Server() as server, client_of(server) as client:
        assert asyncio.run(main(client)) == "inside"
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(write, client.ask("forked").text.encode())
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as said:
            assert said.read() == "forked"
        os.waitpid(child, 0)
        assert client.ask("after").text == "after"


def slow_or_fast(call):
    return Reply(call.prompt, delay=60 if "slow" in call.prompt else 0)


def test_a_cancelled_map_frees_all_its_slots():
    async def main(client):
        task = asyncio.ensure_future(client.amap("slow {chunk}", range(8)))
        while server.in_flight < 4:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        answers = await asyncio.wait_for(client.amap("fast {chunk}", range(8)), 30)
        return [each.text for each in answers]

    with Server(slow_or_fast) as server, client_of(server, max_in_flight=4) as client:
        assert asyncio.run(main(client)) == [f"fast {i}" for i in range(8)]
        assert server.posts == 4 + 8  # what had not been sent never is


def test_what_is_left_early_gives_up_the_rest():
    async def streams(client):
        async for _ in client.aimap("{chunk}", ["fast", *["slow"] * 20]):
            break
        stream = client.astream("slow")
        task = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return (await asyncio.wait_for(client.aask("fast"), 30)).text

    with Server(slow_or_fast) as server, client_of(server, max_in_flight=2) as client:
        assert asyncio.run(streams(client)) == "fast"
        for answer in client.imap("{chunk}", ["fast", *["slow"] * 20]):
            assert answer.text == "fast"
            break
        assert client.ask("fast").text == "fast"
        # Each time the first, and what took its place; the last call of each kind; the stream.
        assert server.posts <= 2 * (1 + 2) + 2 + 1


def test_a_cancelled_workflow_ends_its_process(tmp_path):
    (tmp_path / "w.toml").write_text('braid = 1\npart.a = "slow"\n')

    async def main(client):
        task = asyncio.ensure_future(client.arun(llm.Workflow(tmp_path / "w.toml")))
        while server.in_flight == 0:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 30)

    with Server(slow_or_fast) as server, client_of(server) as client:
        asyncio.run(main(client))


def test_one_client_in_many_threads_and_loops():
    with Server(latency=0.01) as server, client_of(server) as client:

        def work(number):
            first = client.ask(f"a{number}").text
            return first, asyncio.run(client.aask(f"b{number}")).text

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            found = list(pool.map(work, range(32)))
        assert found == [(f"a{i}", f"b{i}") for i in range(32)]
        assert client.stats()["calls"] == 64


def test_no_thread_waits_for_each_call():
    with Server(lambda call: Reply(call.prompt, delay=0.3)) as server, client_of(server) as client:

        async def main():
            before = threading.active_count()
            tasks = [asyncio.ensure_future(client.aask(str(i))) for i in range(50)]
            while server.in_flight < 20:
                await asyncio.sleep(0.01)
            assert threading.active_count() <= before + 1
            return [answer.text for answer in await asyncio.gather(*tasks)]

        assert asyncio.run(main()) == [str(i) for i in range(50)]


def test_a_fork_while_others_hold_the_locks():
    """The child has locks of its own, whoever held them."""
    with Server() as server, client_of(server) as client:
        client.ask("before")
        llm.split("One. Two.", "sentences")
        held, leave = threading.Event(), threading.Event()

        def hold():
            with client._lock:
                held.set()
                leave.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(30)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                said = client.ask("forked").text + "".join(llm.split("A. B.", "sentences"))
                os.write(write, said.encode())
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as said:
            assert said.read() == "forkedA. B."
        os.waitpid(child, 0)
        leave.set()
        holder.join()
        assert client.ask("after").text == "after"


def test_a_native_process_that_dies_is_said_and_replaced():
    with Server(slow_or_fast) as server, client_of(server) as client:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            future = pool.submit(client.ask, "slow")
            while server.in_flight == 0:
                time.sleep(0.01)
            os.kill(client._process._child.pid, signal.SIGKILL)
            with pytest.raises(llm.LlmError, match="the native process has ended"):
                future.result(30)
        assert client.ask("fast").text == "fast"


def test_closing_gives_up_what_is_in_flight():
    with Server(slow_or_fast) as server:
        client = client_of(server)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            future = pool.submit(client.ask, "slow")
            while server.in_flight == 0:
                time.sleep(0.01)
            client.close()
            with pytest.raises(llm.LlmError):
                future.result(30)


def test_what_is_no_text_is_refused():
    with Server() as server, client_of(server) as client:
        for ask in (client.ask, lambda text: client.map("{chunk}", [text]), llm.split):
            with pytest.raises(llm.Refused, match="udce9"):
                ask("caf\udce9")
        for merge in (
            lambda: llm.best(["caf\udce9", "b"], "Short.", client),
            lambda: llm.synthesise(["a", "b"], "{parts} \udce9", client),
            lambda: llm.stitch(["caf\udce9"]),
        ):
            pytest.raises(llm.Refused, merge).match("udce9")
        with client_of(server, extra={"a": "\udce9"}) as other:
            pytest.raises(llm.Refused, other.ask, "x").match("udce9")
        with pytest.raises(llm.Refused, match="udce9"):
            asyncio.run(client.aask("caf\udce9"))
        assert server.posts == 0
        assert client.ask("caf\u00e9 \U0001f600 \0").text == "caf\u00e9 \U0001f600 \0"


def test_what_is_no_workflow_is_never_a_prompt(tmp_path):
    (tmp_path / "w.txt").write_text('braid = 1\npart.a = "x"\n')
    with Server() as server, client_of(server) as client:
        for name in ("gone.toml", "w.txt"):
            with pytest.raises(llm.BadWorkflow, match=name):
                llm.Workflow.load(tmp_path / name)
            with pytest.raises(llm.BadWorkflow, match=name):
                client.run(llm.Workflow(tmp_path / name))
        assert server.posts == 0


def test_a_refusal_that_is_not_the_workflows(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    path = folder / "w.toml"
    path.write_text('braid = 1\npart.a = "x"\n')
    with Server() as server:
        with client_of(server, journal="/no/such/place") as client:
            with pytest.raises(llm.Refused, match="/no/such/place") as caught:
                client.run(llm.Workflow(path))
            assert not isinstance(caught.value, llm.BadWorkflow)
        path.write_text("braid = 2\n")
        with pytest.raises(llm.BadWorkflow, match="version 1"):
            llm.Workflow.load(path)
        assert server.posts == 0


CALLS = {
    "Client": "model base_url api_key system max_in_flight rpm tpm budget retries timeout journal "
    "resume cache sampling",
    "Client.ask": "self prompt schema settings",
    "Client.stream": "self prompt settings",
    "Client.map": "self prompt items repeat schema settings",
    "Client.imap": "self prompt items repeat schema settings",
    "Client.run": "self workflow values",
    "Client.stats": "self",
    "Workflow.load": "path",
    "Workflow.plan": "self values",
    "split": "text kind batch tokens path",
    "stitch": "texts join chunks missing",
    "vote": "ballots choices normalise quorum margin ties invalid",
    "best": "texts criteria client scale pairs ties",
    "synthesise": "texts prompt client",
}
TWINS = ["Client.ask", "Client.stream", "Client.map", "Client.imap", "Client.run", "best"]
TWINS.append("synthesise")


def found(name):
    owner, _, own = name.rpartition(".")
    return getattr(getattr(llm, owner) if owner else llm, own)


def test_the_names_that_programs_rely_on():
    for name, parameters in CALLS.items():
        assert list(inspect.signature(found(name)).parameters) == parameters.split(), name
    for name in TWINS:
        owner, _, own = name.rpartition(".")
        twin = found(f"{owner}.a{own}" if owner else f"a{own}")
        assert inspect.signature(twin).parameters.keys() == (
            inspect.signature(found(name)).parameters.keys()
        )
        assert inspect.iscoroutinefunction(twin) or inspect.isasyncgenfunction(twin), name
    fields = {
        llm.Answer: "part index draw status text value error attempts usage usd seconds",
        llm.Result: "output parts merges gaps stats",
    }
    for kind, names in fields.items():
        assert [each.name for each in dataclasses.fields(kind)] == names.split()
    for name in ("Refused", "Unauthorised", "UnknownModel", "QuotaExhausted", "BudgetStop"):
        assert issubclass(getattr(llm, name), llm.LlmError)
    assert issubclass(llm.BadWorkflow, llm.Refused)
    assert llm.Incomplete("a result", "why").result == "a result"
