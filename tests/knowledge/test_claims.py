"""What the knowledge claims of the standard library, held against the running interpreter."""

import json
import subprocess
import sys
import threading

import pytest

import rows
from walk import HERE

LEAST_OBSERVED = 0.60


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """In a process of its own: the calls leave their traces in its state."""
    out = tmp_path_factory.mktemp("walk") / "found.json"
    done = subprocess.run([sys.executable, "-W", "ignore", str(HERE / "walk.py"), str(out)],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(out.read_text(encoding="utf-8"))


def test_nothing_happens_that_no_clause_allows(walked):
    assert walked["violations"] == []


def test_samples_run(walked):
    """Names that this Python lacks are no problem; misspelt ones are."""
    lacking = [text for text in walked["problems"] if "AttributeError" in text or "NameError" in text]
    assert [text for text in walked["problems"] if text not in lacking] == []
    assert len(lacking) < 20


def test_most_claims_are_observed(walked, capsys):
    libraries = walked["libraries"]
    seen, made = (sum(counts[index] for counts in libraries.values()) for index in (0, 1))
    with capsys.disabled():
        print("\nknowledge of the standard library, Python %d.%d" % sys.version_info[:2])
        for library in sorted(libraries):
            print("  %-50s %5d of %5d claims observed" % (library, *libraries[library]))
        print("  %d of %d claims observed (%.1f %%), %d of %d callables called" % (
            seen, made, 100 * seen / made, walked["called"], walked["callables"]))
    assert seen / made >= LEAST_OBSERVED


NOGIL = {
    "hashlib.sha256": "hashlib.sha256(BIG)",
    "_hashlib.HASH.update": "hashlib.sha256().update(BIG)",
    "_blake2.blake2b": "hashlib.blake2b(BIG)",
    "hashlib.pbkdf2_hmac": "hashlib.pbkdf2_hmac('sha256', b'p', b's', 300000)",
    "zlib.compress": "zlib.compress(BIG)",
    "zlib.decompress": "zlib.decompress(PACKED)",
    "zlib.crc32": "zlib.crc32(HUGE)",
    "zlib.Compress.compress": "zlib.compressobj().compress(BIG)",
    "gzip.compress": "gzip.compress(BIG)",
    "bz2.compress": "bz2.compress(BIG[:3000000])",
    "lzma.compress": "lzma.compress(BIG[:1000000])",
    "binascii.crc32": "binascii.crc32(HUGE)",
    "time.sleep": "time.sleep(0.2)",
}


@pytest.mark.parametrize("name", sorted(NOGIL))
def test_the_interpreter_lock_is_released(name):
    """With a switch interval of minutes, another thread gets its turn only if the call lets go."""
    book = rows.Book(rows.standard_files())
    assert any(clause.rest.startswith(("cpu nogil", "sleep")) for clause in
               rows.clauses(book.functions[name]) if clause.kind in ("burns", "waits"))
    # On a busy machine the other thread may come late to its turn; one that gets none never does.
    assert any(lets_go(NOGIL[name]) for _ in range(20))


def test_a_call_that_keeps_the_lock_is_told_from_one_that_releases_it():
    assert not lets_go("sum(range(3000000))")


def lets_go(text):
    import prelude

    big = bytes(range(256)) * 40000
    if "HUGE" in text:  # for what is over before a busy machine turns to another thread
        vars(prelude).setdefault("HUGE", big * 10)
    space = dict(vars(prelude), BIG=big, PACKED=prelude.zlib.compress(big))
    code = compile(text, "sample", "eval")
    stage = []

    def work():
        stage.append("begun")
        eval(code, space)
        stage.append("done")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        while not stage:
            prelude.time.sleep(0)
        seen = list(stage)
        thread.join()
    finally:
        sys.setswitchinterval(interval)
    return seen == ["begun"]
