"""What `braid ask` must keep to, in full size: faults, limits that are announced, budgets, priming,
parts that wait for parts.

The server is tests/fanout/model_server.py, which counts what a client does wrong.
"""

import collections
import pathlib
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fanout"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "fanout"))
from measuring import BRAID, Measured, ask, row
from model_server import Reply, Server, error

FAULTS = {
    "500": lambda call: error(500, "broken"),
    "503 with Retry-After": lambda call: error(503, "busy", headers={"retry-after": "0.05"}),
    "529": lambda call: error(529, "overloaded"),
    "408": lambda call: error(408, "slow"),
    "HTML 502": lambda call: Reply(status=502, body=b"<html></html>", content_type="text/html"),
    "HTML 200": lambda call: Reply(body=b"<html></html>", content_type="text/html"),
    "error in a 200": lambda call: Reply(body=b'{"error": {"message": "upstream", "code": 502}}'),
    "cut": lambda call: Reply("some text that is cut", cut=150),
    "reset": lambda call: Reply("x", cut=0, reset=True),
    "truncated JSON": lambda call: Reply(body=b'{"choices": [{"message": {"cont'),
    "empty": lambda call: Reply(""),
    "no choices": lambda call: Reply(body=b'{"choices": []}'),
    "x-should-retry": lambda call: error(400, "again", headers={"x-should-retry": "true"}),
    "nothing at all": lambda call: Reply(body=b""),
}


def lines(folder, count, text="line"):
    path = folder / f"in-{count}.txt"
    path.write_text("".join(f"{text} {i}\n" for i in range(count)))
    return path, ["--prompt", "{chunk}", "--each", path, "--split", "lines"]


def faults(folder):
    """All kinds of faults at 2 % each, at once: more than one call in four goes wrong."""
    count = 10_000
    path, words = lines(folder, count)
    for more in ([], ["--stream"]):
        right = collections.Counter()

        def answer(call, right=right):
            right[call.prompt] += 1
            return Reply(call.prompt)

        kinds = [(0.02, make) for make in FAULTS.values()]
        with Server(answer, faults=kinds) as server:
            server.keep_calls = False
            done = ask(server, words, folder, "--retries", 20, "--max-in-flight", 100, *more)
        same = (folder / "out").read_bytes() == path.read_bytes()
        again = sum(times - 1 for times in right.values())
        row(
            f"{len(kinds)} kinds of faults at 2 % each{', streamed' if more else ''}",
            f"{count} of {count} right answers, none sent again after it",
            f"{len(right)} answers{'' if same else ', the output differs'}, {again} again, "
            f"{server.posts} sent, {done.stats['attempts']} counted",
            done.status == 0 and same and again == 0 and done.stats["attempts"] == server.posts,
        )


def announced(folder):
    _, words = lines(folder, 1500)
    with Server(rpm=6000, announce=True) as server:
        done = ask(server, words, folder)
    ideal = (1500 - 25) / 100  # a quarter of a second's calls may go at once
    row(
        "6,000 requests a minute, announced: time against the ideal",
        "at most 1.04; nothing sent between a refusal and its time; none lost",
        f"{done.wall / ideal:.3f}; {server.early} early, {server.refused} refused, "
        f"{done.stats['lost']} lost",
        done.status == 0 and done.wall / ideal <= 1.04 and server.early == 0,
    )
    _, words = lines(folder, 800, "word " * 40)
    tokens = sum(2 * ((len(line) + 3) // 4) for line in words[3].read_text().splitlines())
    with Server(tpm=480_000) as server:
        done = ask(server, words, folder, "--tpm", 480_000)
    ideal = tokens / 8000
    row(
        "480,000 tokens a minute, by flag: time against the ideal",
        "at most 1.04; none lost",
        f"{done.wall / ideal:.3f}; {server.refused} refused, {done.stats['lost']} lost",
        done.status == 0 and done.wall / ideal <= 1.04,
    )


def budget(folder):
    """200 at once against a cap in tokens, in three runs of one journal."""
    cap = 150_000
    _, words = lines(folder, 4000, "word " * 30)
    command = [BRAID, "ask", *words, "--merge", "jsonl", "--max-tokens", 12, "--budget-tokens", cap,
               "--max-in-flight", 200, "--journal", folder / "b", "--resume", "-o", folder / "out",
               "--quiet", "--base-url"]  # fmt: skip
    for usage in (True, False):
        (folder / "b").unlink(missing_ok=True)
        said = threading.Lock()
        spent = collections.Counter()

        def answer(call, spent=spent, said=said, usage=usage):
            with said:
                spent["calls"] += 1
                spent["tokens"] += (len(call.prompt.encode()) + 3) // 4 + 9
            return Reply("answer " * 5, usage=usage, delay=0.02)

        with Server(answer) as server:
            first = [*command, server.url]
            at = first.index("--budget-tokens") + 1
            for part in (cap // 3, 2 * cap // 3, cap):
                first[at] = part
                done = Measured(first)
        share = spent["tokens"] / cap
        row(
            f"a cap of {cap} tokens over three runs, 200 at once{'' if usage else ', no usage'}",
            "never passed" + (", at least 90 % used" if usage else ""),
            f"{share:.1%} used by {spent['calls']} calls, ended with {done.status}",
            done.status == 3 and share <= 1 and (share >= 0.9 or not usage),
        )


def priming(folder):
    subject = folder / "subject.txt"
    subject.write_text("shared text, long enough to be kept. " * 880)
    words = ["--subject", subject]
    for i in range(16):
        words += ["--part", f"p{i}=look at aspect {i}"]
    prefill = 0.3
    with Server(lambda call: Reply("seen", delay=prefill), cache=True) as server:
        done = ask(server, words, folder)
    may = 15 * (subject.stat().st_size // 4 // 128 * 128)
    share = server.tokens["cached"] / may
    row(
        "16 parts of one 32 kB subject: cacheable tokens that were cached",
        "at least 90 %; at most one prefill longer",
        f"{share:.1%}; {done.wall:.2f} s for two times {prefill} s",
        share >= 0.9 and done.wall <= 2 * prefill + 0.2,
    )


def chains(folder):
    delays = {"a": 0.1, "b": 0.6, "c": 0.6, "d": 0.1}
    words = ["--part", "a=a", "--part", "b=b", "--part", "c=c {a}", "--part", "d=d {b}"]
    with Server(lambda call: Reply("said", delay=delays[call.prompt.split()[0]])) as server:
        done = ask(server, words, folder, "--max-in-flight", 10, journal=False)
    row("a 0.1 s, b 0.6, c after a 0.6, d after b 0.1", "at most 0.8 s", f"{done.wall:.2f} s",
        done.status == 0 and done.wall <= 0.8)  # fmt: skip


def main():
    names = {"faults": faults, "announced": announced, "budget": budget, "priming": priming,
             "chains": chains}  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for each in sys.argv[1:] or names:
            names[each](pathlib.Path(name))


if __name__ == "__main__":
    main()
