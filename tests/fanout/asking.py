"""Runs `braid ask` as a user does, with a server on loopback."""

import json
import os
import pathlib
import subprocess
import time

from raw_server import RawServer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BRAID = os.environ.get("BRAID", str(ROOT / "build" / "release" / "bin" / "braid"))
KEY = "sk-test-0123456789abcdef"
HOST = "127.0.0.1"  # calls to a number go without libcurl, those to a name through it


def environment(**more):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "OPENAI_API_KEY": KEY, **more}


def words_of(server, words):
    url = [] if server is None else ["--base-url", server.url.replace("127.0.0.1", HOST)]
    return [BRAID, "ask", *url, *map(str, words)]


def ask(server, *words, cwd=None, stdin=b"", timeout=60, env=None):
    """Runs it to the end: returncode, stdout, stderr (text) and what --parts and --stats hold."""
    return subprocess.run(
        words_of(server, words),
        cwd=cwd,
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        capture_output=True,
        env=env or environment(),
        timeout=timeout,
        check=False,
    )


def text_of(answer):
    return answer.stdout.decode()


def errors_of(answer):
    return answer.stderr.decode()


def rows(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


def stats(path):
    return json.loads(pathlib.Path(path).read_text())


def asked(handle, *words, cwd=None, timeout=60):
    """One call to a server that may send anything: it ends, says so in print, and shows no key."""
    with RawServer(handle) as server:
        began = time.monotonic()
        done = ask(server, "x", *words, cwd=cwd, timeout=timeout)
        done.took = time.monotonic() - began
        done.posts = len(server.requests)
    said = errors_of(done)
    assert "Traceback" not in said and "terminate" not in said and "Internal" not in said, said
    assert KEY not in said + text_of(done) and done.returncode in (0, 1, 3), (done.returncode, said)
    assert said.isprintable() or all(c.isprintable() or c == "\n" for c in said), said
    return done
