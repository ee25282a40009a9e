"""How fast `braid ask` sends, what a call costs it, and how well it finds the limits of a server.

The server is tests/fanout/model_server_main.cc, on the same machine; a call's price in CPU time is
all of the client's, from its start to its end, journal included.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

BRAID = os.environ["BRAID"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SERVER = pathlib.Path(BRAID).parent / "model_server"
LATENCY = 0.2


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": got, "met": met}), flush=True)


class Server:
    def __init__(self, latency=200, slots=0):
        words = [str(SERVER), str(latency), *([str(slots)] if slots else [])]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.numbers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.numbers = json.loads(self.process.communicate(timeout=20)[0])


def prompts(folder, count, size=2000):
    path = folder / f"in-{count}.txt"
    path.write_text("".join(f"{i:08}{'w' * size}\n" for i in range(count)), encoding="utf-8")
    return ["--prompt", "{chunk}", "--each", str(path), "--split", "lines", "--merge", "jsonl"]


def ask(server, words, folder, *, limits=()):
    """(exit status, wall seconds, CPU seconds, peak MiB, statistics)."""
    stats = folder / "stats.json"
    journal = folder / "journal"
    journal.unlink(missing_ok=True)
    command = [BRAID, "ask", "--base-url", f"http://127.0.0.1:{server.port}/v1", *words, *limits,
               "--journal", journal, "-o", folder / "out", "--stats", stats, "--quiet"]  # fmt: skip
    began = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return process.returncode, took, cpu, usage.ru_maxrss / 1024, json.loads(stats.read_text())


def throughput(folder):
    for count, flight, most in ((20_000, 1000, 45), (20_000, 5000, 90)):
        with Server() as server:
            status, took, cpu, _, stats = ask(
                server, prompts(folder, count), folder, limits=["--max-in-flight", flight]
            )
        fine = status == 0 and stats["attempts"] == server.numbers["posts"] == count
        each = cpu / count * 1e6
        row(
            f"client CPU a call, {flight} in flight, journal on",
            f"at most {most} µs",
            f"{each:.0f} µs",
            fine and each <= most,
        )
        if flight == 1000:
            rate = count / took
            row("calls a second, 1,000 in flight × 200 ms", "at least 4,700", f"{rate:.0f}",
                fine and rate >= 4700)  # fmt: skip
    with Server(latency=1000) as server:
        status, _, _, peak, stats = ask(
            server, prompts(folder, 20_000), folder, limits=["--max-in-flight", "10000"]
        )
    row(
        "peak memory, 10,000 in flight",
        "at most 250 MiB",
        f"{peak:.0f} MiB, {server.numbers['most']} at once",
        status == 0 and peak <= 250,
    )


def limits(folder):
    count, slots = 3000, 50
    with Server(slots=slots) as server:
        status, took, _, _, stats = ask(server, prompts(folder, count, 200), folder)
    ideal = count / slots * LATENCY
    row(
        "unannounced limit of 50 at once: time against the ideal",
        "at most 1.10",
        f"{took / ideal:.2f}, {server.numbers['refused']} refused, {stats['lost']} lost",
        status == 0 and took / ideal <= 1.10 and stats["lost"] == 0,
    )
    count, rpm = 1000, 6000
    with Server(latency=20) as server:
        status, took, _, _, stats = ask(
            server, prompts(folder, count, 200), folder, limits=["--rpm", rpm]
        )
    ideal = count / rpm * 60
    row("6,000 requests a minute: time against the ideal", "at most 1.04", f"{took / ideal:.3f}",
        status == 0 and took / ideal <= 1.04)  # fmt: skip


def kills(folder):
    """100 kills at random instants, spread over several journals."""
    chance = random.Random(4)
    count, flight, twice, wrong, killed = 200, 20, 0, 0, 0
    words = prompts(folder, count, 50)
    expected = None
    for _ in range(20):
        for name in ("journal", "out"):
            (folder / name).unlink(missing_ok=True)
        with Server(latency=20) as server:
            command = [BRAID, "ask", "--base-url", f"http://127.0.0.1:{server.port}/v1", *words,
                       "--max-in-flight", str(flight), "--journal", str(folder / "journal"),
                       "--resume", "-o", str(folder / "out"), "--quiet"]  # fmt: skip
            for _ in range(5):
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
                time.sleep(chance.random() * 0.08)
                process.kill()
                process.wait()
                killed += 1
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
        output = (folder / "out").read_bytes()
        expected = expected or output
        wrong += output != expected
        twice = max(twice, (server.numbers["posts"] - count) / 5)
    row(
        f"{killed} kills: outputs that differ; calls paid twice a kill, at most",
        f"0; at most {flight} (in flight)",
        f"{wrong}; {twice:.1f}",
        wrong == 0 and twice <= flight,
    )


def start(folder):
    times = []
    with Server(latency=0) as server:
        for _ in range(20):
            began = time.monotonic()
            subprocess.run(
                [BRAID, "ask", "hello", "--base-url", f"http://127.0.0.1:{server.port}/v1"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                check=True,
            )  # fmt: skip
            times.append((time.monotonic() - began) * 1000)
    best = sorted(times)[len(times) // 2]
    row("one call, from start to end, median", "at most 20 ms", f"{best:.0f} ms", best <= 20)


def splits(folder):
    """Split and stitched without a call in between: the cutting alone."""
    size = 200 << 20
    path = folder / "large.txt"
    path.write_bytes(b"A line of words, and one more. Then another sentence!\n\n" * (size // 55))
    for kind in ("lines", "paragraphs", "sentences"):
        done = subprocess.Popen(
            [BRAID, "ask", "--prompt", "{chunk}", "--each", path, "--split", kind, "--tokens",
             "2000", "--dry-run", "--base-url", "http://127.0.0.1:1"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, usage = os.wait4(done.pid, 0)
        done.returncode = status
        cpu = usage.ru_utime + usage.ru_stime
        rate = size / 1e6 / cpu
        row(f"reading and splitting by {kind}", "at least 200 MB/s", f"{rate:.0f} MB/s",
            rate >= 200)  # fmt: skip


def main():
    names = {"throughput": throughput, "limits": limits, "kills": kills, "start": start,
             "splits": splits}  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for each in sys.argv[1:] or names:
            names[each](pathlib.Path(name))


if __name__ == "__main__":
    main()
