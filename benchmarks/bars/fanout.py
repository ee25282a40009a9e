"""How fast `braid ask` sends, what a call costs it, how well it finds the limits of a server, and
what other clients do in the same run.

The server is tests/fanout/model_server_main.cc, on the same machine; a call's price in CPU time is
all of the client's, from its start to its end, journal included.
"""

import importlib.util
import itertools
import pathlib
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fanout"))
from measuring import BRAID, LATENCY, ROOT, Measured, Server, ask, prompts, prompts_file, row, skip


def throughput(folder):
    for count, flight, most in ((20_000, 1000, 45), (20_000, 5000, 90)):
        with Server() as server:
            done = ask(server, prompts(folder, count), folder, "--max-in-flight", flight)
        fine = done.status == 0 and done.stats["attempts"] == server.numbers["posts"] == count
        each = done.cpu / count * 1e6
        row(
            f"client CPU a call, {flight} in flight, journal on",
            f"at most {most} µs",
            f"{each:.0f} µs",
            fine and each <= most,
        )
        if flight == 1000:
            rate = count / done.wall
            row("calls a second, 1,000 in flight × 200 ms", "at least 4,700", f"{rate:.0f}",
                fine and rate >= 4700)  # fmt: skip
    with Server(latency=1000) as server:
        done = ask(server, prompts(folder, 20_000), folder, "--max-in-flight", "10000")
    row(
        "peak memory, 10,000 in flight",
        "at most 250 MiB",
        f"{done.peak:.0f} MiB, {server.numbers['most']} at once",
        done.status == 0 and done.peak <= 250,
    )


def beside(folder):
    """The same calls by an aiohttp client and by the official SDK, on the same server."""
    clients = {"aiohttp": "aiohttp_client.py", "openai": "sdk_client.py"}
    for count, flight in ((1000, 1000), (10_000, 1000), (10_000, 5000)):
        path = prompts_file(folder, count)
        name = f"{count} calls at {flight} in flight"
        with Server() as server:
            mine = ask(server, prompts(folder, count), folder, "--max-in-flight", flight)
        shown = f"{count / mine.wall:.0f} a second, {mine.cpu / count * 1e6:.0f} µs CPU a call"
        row(f"braid ask, {name}", None, shown, None)
        for module, file in clients.items():
            bar = f"{module}, {name}"
            if importlib.util.find_spec(module) is None:
                skip(bar, f"{module} is not installed")
                continue
            words = [sys.executable, ROOT / "benchmarks" / "fanout" / file]
            with Server() as server:
                other = Measured([*words, server.url, path, flight], stdout=subprocess.DEVNULL)
            rate = f"{count / other.wall:.0f} a second, {other.cpu / count * 1e6:.0f} µs CPU a call"
            if other.status != 0:
                rate = f"ended with {other.status}"
            row(bar, "slower than braid ask", rate, other.status != 0 or other.wall > mine.wall)


def limits(folder):
    count, slots = 3000, 50
    with Server(slots=slots) as server:
        done = ask(server, prompts(folder, count, 200), folder)
    ideal = count / slots * LATENCY
    row(
        "unannounced limit of 50 at once: time against the ideal",
        "at most 1.10",
        f"{done.wall / ideal:.2f}, {done.stats['lost']} lost",
        done.status == 0 and done.wall / ideal <= 1.10 and done.stats["lost"] == 0,
    )
    refused, first = server.numbers["refused"], server.numbers["overshoot"]
    row(
        "unannounced limit of 50 at once: refused",
        f"at most the first overshoot and 2 % of {count}",
        f"{refused}, of these {first} in the first half second",
        refused <= first + count * 0.02,
    )
    count, rpm = 1000, 6000
    with Server(latency=20) as server:
        done = ask(server, prompts(folder, count, 200), folder, "--rpm", rpm)
    ideal = count / rpm * 60
    row("6,000 requests a minute: time against the ideal", "at most 1.04",
        f"{done.wall / ideal:.3f}", done.status == 0 and done.wall / ideal <= 1.04)  # fmt: skip


def kills(folder):
    """100 kills at random instants, spread over several journals; every fifth journal is whole, so
    that what is killed there reads it and writes the output."""
    chance = random.Random(4)
    count, flight, twice, wrong, killed = 200, 20, 0, 0, 0
    expected = None
    for turn in range(20):
        words = prompts(folder, 20_000 if turn % 5 == 4 else count, 50)
        for name in ("journal", "out"):
            (folder / name).unlink(missing_ok=True)
        with Server(latency=20, echo=True) as server:
            command = [BRAID, "ask", "--base-url", server.url, *words,
                       "--max-in-flight", str(flight), "--journal", str(folder / "journal"),
                       "--resume", "-o", str(folder / "out"), "--quiet"]  # fmt: skip
            longest = 0.08
            if turn % 5 == 4:
                command[command.index("--max-in-flight") + 1] = "2000"
                subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=600)
                whole = (folder / "out").read_bytes()
                began = time.monotonic()
                subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=600)
                longest = time.monotonic() - began
            for _ in range(5):
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
                time.sleep(
                    longest
                    * (
                        chance.random() * (0.4 if turn % 5 == 4 else 1)
                        + (0.6 if turn % 5 == 4 else 0)
                    )
                )
                process.kill()
                process.wait()
                killed += 1
                if turn % 5 == 4:
                    wrong += (folder / "out").read_bytes() != whole
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=600)
        output = (folder / "out").read_bytes()
        if turn % 5 == 4:
            wrong += output != whole or server.numbers["posts"] != 20_000
            continue
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
                [BRAID, "ask", "hello", "--base-url", server.url],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                check=True,
            )  # fmt: skip
            times.append((time.monotonic() - began) * 1000)
    best = sorted(times)[len(times) // 2]
    row("one call, from start to end, median", "at most 20 ms", f"{best:.0f} ms", best <= 20)


def splits(folder):
    """Split without a call: the reading and cutting alone."""
    size = 200 << 20
    path = folder / "large.txt"
    piece = b"A line of words, and one more. Then another sentence!\n\n" * 1000
    with open(path, "wb") as file:
        file.writelines(itertools.repeat(piece, size // len(piece)))
    for kind in ("lines", "paragraphs", "sentences"):
        done = Measured(
            [BRAID, "ask", "--prompt", "{chunk}", "--each", path, "--split", kind, "--tokens",
             "2000", "--dry-run", "--base-url", "http://127.0.0.1:1"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        rate = size / 1e6 / done.cpu
        row(f"reading and splitting by {kind}", "at least 200 MB/s", f"{rate:.0f} MB/s",
            rate >= 200)  # fmt: skip
    path.unlink()


def echo(folder):
    """Split, echoed by the server, stitched: the bytes of the input, and what memory it takes."""
    odd = '\ufeffA byte order mark, \r\n CRLF, a NUL \0, quotes "a\nb", é and 字, '.encode()
    odd = (odd + b"and a byte \xff.\r\n\r\n") * 3
    peaks = []
    for size in (1 << 26, 1 << 28, 1 << 30):
        path = folder / "echo.txt"
        with open(path, "wb") as file:
            piece = odd * (8_000_000 // len(odd))
            while file.tell() < size:
                file.write(piece[: size - file.tell()])
        words = ["--prompt", "{chunk}", "--each", path, "--split", "paragraphs", "--tokens", 2000]
        with Server(latency=0, echo=True) as server:
            done = ask(server, words, folder, "--max-in-flight", 200, journal=False)
        same = subprocess.run(["cmp", "-s", path, folder / "out"], check=False).returncode == 0
        peaks.append(done.peak)
        bytes_are = "the same" if same else "different"
        row(f"{size >> 20} MiB split, echoed and stitched", "the same bytes",
            f"{bytes_are}, {done.wall:.1f} s, {done.peak:.0f} MiB at most",
            same and done.status == 0)  # fmt: skip
        for name in (path, folder / "out"):
            name.unlink(missing_ok=True)
    row("memory for 1 GiB against 64 MiB of input", "independent of the input",
        f"{peaks[-1] / peaks[0]:.1f} times", peaks[-1] <= 1.5 * peaks[0])  # fmt: skip


def main():
    names = {"throughput": throughput, "beside": beside, "limits": limits, "kills": kills,
             "start": start, "splits": splits, "echo": echo}  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for each in sys.argv[1:] or names:
            names[each](pathlib.Path(name))


if __name__ == "__main__":
    main()
