"""What the bars of the fan-out share: rows, a server that costs next to nothing, measured runs."""

import json
import os
import pathlib
import signal
import subprocess
import time

BRAID = os.environ["BRAID"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SERVER = pathlib.Path(BRAID).parent / "model_server"
LATENCY = 0.2


def row(bar, want, got, met):
    print(json.dumps({"bar": bar, "want": want, "got": got, "met": met}), flush=True)


def skip(bar, why):
    print(json.dumps({"bar": bar, "skipped": why}), flush=True)


class Server:
    """tests/fanout/model_server_main.cc; `numbers` holds what it counted, once it has ended."""

    def __init__(self, latency=200, slots=0, echo=False):
        words = [str(SERVER), str(latency), str(slots), *(["echo"] if echo else [])]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.numbers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.numbers = json.loads(self.process.communicate(timeout=60)[0])


def prompts_file(folder, count, size=2000):
    path = folder / f"in-{count}-{size}.txt"
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{i:08}{'w' * size}\n" for i in range(count))
    return path


def prompts(folder, count, size=2000):
    path = prompts_file(folder, count, size)
    return ["--prompt", "{chunk}", "--each", str(path), "--split", "lines", "--merge", "jsonl"]


class Measured:
    """A command that has ended: its status, wall and CPU seconds, and peak memory in MiB.

    The peak begins with what this process had when it started the command: so it holds no large
    text of its own.
    """

    def __init__(self, command, **how):
        began = time.monotonic()
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, **how)
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - began
        self.status = process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024
        self.stats = {}


def ask(server, words, folder, *more, journal=True):
    """`braid ask` measured, with its statistics; a new journal unless told otherwise."""
    stats = folder / "stats.json"
    kept = folder / "journal"
    kept.unlink(missing_ok=True)
    command = [BRAID, "ask", "--base-url", server.url, *words, *more,
               *(["--journal", kept] if journal else []),
               "-o", folder / "out", "--stats", stats, "--quiet"]  # fmt: skip
    done = Measured(command)
    done.stats = json.loads(stats.read_text())
    return done
