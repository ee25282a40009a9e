"""G1 to G5 and G11: what an item costs, beside all peers that are installed; one JSON row each.

All pools are warm, and their calls alternate. A peer runs with its defaults and, where it has one,
with its best of three chunk sizes; what takes longer than ONCE seconds runs once, and one that
would need more than PATIENCE seconds is left out, and said so.
"""

import functools
import statistics
import sys
import time

import braid
import compare
from compare import WORKERS, bound, calibrate, chunk_sizes, nap, noop, spin, timed
from rows import at_least, at_most, rounds, row, skipped

BUSY = ("Dask", "Ray")  # with daemons of their own, which would disturb the others
ONCE = 2.0  # seconds for one call
PATIENCE = 15.0


class Bench:
    """Warm pools of one kind."""

    def __init__(self, kind, names=None):
        self.kind = kind
        found, self.missing = compare.peers()
        if names is None:
            found = [peer for peer in found if peer.name not in BUSY]
        else:
            found = [peer for peer in found if peer.name in names]
        self.pools = {}
        self.each = {}  # seconds for an empty item, about
        for peer in found:
            if peer.kind != kind:
                continue
            try:
                pool = self.pools[peer] = peer.make()
                peer.call(pool, noop, list(range(100)), None)
                self.each[peer] = (
                    timed(
                        lambda peer=peer, pool=pool: peer.call(pool, noop, list(range(500)), None)
                    )[0]
                    / 500
                )
            except Exception as error:
                self.pools.pop(peer, None)
                self.missing.append(f"{peer.name} ({type(error).__name__}: {error})"[:120])

    def close(self):
        for pool in self.pools.values():
            compare.close(pool)

    def run(self, function, items, turns, only=None):
        """name → median seconds; "NAME, best chunk" besides."""
        times, left = {}, []
        for _ in range(turns):
            for peer, pool in self.pools.items():
                if only is not None and peer.name not in only:
                    continue
                for chunk in peer.chunks:
                    if chunk is None and self.each[peer] * len(items) > PATIENCE:
                        left.append(peer.name)
                        continue
                    sizes = chunk_sizes(len(items)) if chunk == "best" else [None]
                    for size in sizes:
                        if sum(times.get((peer.name, size), ())) > ONCE:
                            continue
                        call = functools.partial(peer.call, pool, function, items, size)
                        times.setdefault((peer.name, size), []).append(timed(call)[0])
        found = {}
        for (name, size), taken in times.items():
            label = name if size is None else f"{name}, best chunk"
            found[label] = min(found.get(label, 1e9), statistics.median(taken))
        return found, sorted(set(left))


def show(bar, found, left, unit, scale):
    """Everybody's figure, in a row where nothing is asked."""
    said = ", ".join(
        f"{name} {seconds * scale:.3g}"
        for name, seconds in sorted(found.items(), key=lambda entry: entry[1])
    )
    more = f"; too slow to be measured: {', '.join(left)}" if left else ""
    row(f"{bar}: {unit}", "", said + more, None)


def best_of(found):
    peers = {name: seconds for name, seconds in found.items() if name != "braid"}
    name = min(peers, key=peers.get)
    return name, peers[name]


def empty_items(bench):
    """G1."""
    short = calibrate(0.6e-6)
    for label, function, items, limit in (
        ("W1, 10^5", noop, list(range(100_000)), True),
        ("W1, 10^3", noop, list(range(1000)), True),
        ("W1, 10^4", noop, list(range(10_000)), False),
        ("W1, 10^6", noop, list(range(1_000_000)), False),
        ("W2, 0.6 us x 10^5", spin, [short] * 100_000, True),
    ):
        turns = rounds(3 if len(items) > 100_000 else 5)
        found, left = bench.run(function, items, turns)
        name, seconds = best_of(found)
        show(f"G1: {label}", found, left, "us an item", 1e6 / len(items))
        if limit:
            at_most(f"G1: {label}: by the best peer ({name})", 1.5, found["braid"] / seconds)
        else:
            row(f"G1: {label}: by the best peer ({name})", "",
                f"{found['braid'] / seconds:.3g}", None)  # fmt: skip
        theirs = found.get("concurrent.futures")
        if theirs is not None and label in ("W1, 10^5", "W1, 10^3"):
            at_least(f"G1: {label}: concurrent.futures' default by braid",
                     400 if "5" in label else 50, theirs / found["braid"])  # fmt: skip


def beside_daemons():
    """Dask and Ray, with braid beside them."""
    for name in BUSY:
        bench = Bench("processes", ("braid", name))
        if len(bench.pools) == 2:
            for count in (1000, 100_000):
                found, left = bench.run(noop, list(range(count)), rounds(3))
                show(f"G1: W1, {count}, beside {name}", found, left, "us an item", 1e6 / count)
        bench.close()
    if "ray" in sys.modules:
        sys.modules["ray"].shutdown()


def computing(bench):
    """G2: against the half of what a loop takes here, in the same rounds."""
    for label, seconds, count, limit in (("W3", 90e-6, 10_000, 1.08), ("W4", 0.91e-3, 1000, 1.02)):
        items = [calibrate(seconds)] * count
        serial, found, left = [], {}, []
        for _ in range(rounds(5)):
            serial.append(timed(lambda items=items: [spin(item) for item in items])[0])
            once, left = bench.run(spin, items, 1)
            for name, took in once.items():
                found.setdefault(name, []).append(took)
        medians = {name: statistics.median(taken) for name, taken in found.items()}
        half = statistics.median(serial) / 2
        show(f"G2: {label}", medians, left, "by half of a loop's time", 1 / half)
        at_most(f"G2: {label}: by half of a loop's time", limit, medians["braid"] / half, "{:.3f}")


def round_trips():
    """G3, and G4's submit."""
    found = compare.round_trips(rounds(10))
    for kind, limit in (("processes", 5), ("threads", 1.5)):
        own, theirs = found["braid", kind], found["concurrent.futures", kind]
        row(f"G3: submit(noop).result() on {kind}, p50 us", "",
            f"braid {own * 1e6:.1f}, concurrent.futures {theirs * 1e6:.1f}", None)  # fmt: skip
        at_least(f"G3: {kind}: concurrent.futures' by braid's", limit, theirs / own)
    import concurrent.futures

    times = {}
    with (
        braid.ThreadPoolExecutor(WORKERS) as own,
        concurrent.futures.ThreadPoolExecutor(WORKERS) as theirs,
    ):
        for _ in range(rounds(9)):
            for name, pool in (("braid", own), ("theirs", theirs)):

                def submit(pool=pool):
                    for future in [pool.submit(noop, n) for n in range(5000)]:
                        future.result()

                times.setdefault(name, []).append(timed(submit)[0] / 5000)
    own, theirs = (statistics.median(times[name]) for name in ("braid", "theirs"))
    row("G4: 5,000 of submit on threads, us each", "",
        f"braid {own * 1e6:.2f}, concurrent.futures {theirs * 1e6:.2f}", None)  # fmt: skip
    at_least("G4: submit on threads: concurrent.futures' by braid's", 1.5, theirs / own)


def thread_maps(bench):
    """G4's map."""
    found, left = bench.run(noop, list(range(100_000)), rounds(5))
    show("G4: W6, 10^5 on threads", found, left, "us an item", 10)
    name, seconds = best_of(found)
    at_most(f"G4: W6, 10^5: by the best peer ({name})", 1.5, found["braid"] / seconds)
    at_least("G4: W6, 10^5: concurrent.futures' default by braid", 100,
             found["concurrent.futures"] / found["braid"])  # fmt: skip


def lognormal():
    import random

    dice = random.Random(7)
    naps = [dice.lognormvariate(0, 1.5) for _ in range(512)]
    return [each * 4.0 / sum(naps) for each in naps]


def uneven(bench):
    """G5: with the settings of G1."""
    tail = [0.002] * 504 + [0.25] * 8
    for label, items, limit in (
        ("512 lognormal", lognormal(), 1.05),
        ("tail", tail, 1.05),
        ("head", tail[::-1], 1.05),
        ("shock", [0.0] * 20_000 + [0.1] * 16, 1.10),
    ):
        only = ["braid", "multiprocessing.Pool", "concurrent.futures", "mpire", "pebble"]
        found, left = bench.run(nap, items, rounds(3), only)
        least = bound(items)
        show(f"G5: W7 {label}, {bench.kind}", found, left, "by the bound", 1 / least)
        at_most(f"G5: W7 {label}, {bench.kind}: by the bound", limit, found["braid"] / least,
                "{:.3f}")  # fmt: skip


async def nap_there(seconds):
    import asyncio

    await asyncio.sleep(seconds)


def many_waiting():
    """G11."""
    from multiprocessing.pool import ThreadPool

    count = 10_000
    for workers, limit in ((32, 1.05), (100, 1.05), (320, 1.25), (1000, 1.5)):
        ideal = count * 0.01 / workers
        theirs = []
        for backend, function in (("threads", nap), ("asyncio", nap_there)):
            with braid.Runner(backend=backend, workers=workers) as runner:
                runner.map(function, [0.001] * workers)
                took = statistics.median(
                    timed(lambda r=runner, f=function: r.map(f, [0.01] * count))[0]
                    for _ in range(rounds(3))
                )
            at_most(f"G11: W12, {workers} workers, {backend}: by the ideal", limit, took / ideal)
        with ThreadPool(workers) as pool:
            theirs.append(timed(lambda pool=pool: pool.map(nap, [0.01] * count, 1))[0])
        row(f"G11: W12, {workers} workers: ThreadPool, by the ideal", "",
            f"{min(theirs) / ideal:.3g}", None)  # fmt: skip


def main():
    began = time.monotonic()
    round_trips()
    bench = Bench("processes")
    for name in bench.missing:
        skipped(f"peer {name}", "not installed, or does not start here")
    empty_items(bench)
    computing(bench)
    uneven(bench)
    bench.close()
    beside_daemons()
    bench = Bench("threads")
    thread_maps(bench)
    uneven(bench)
    bench.close()
    many_waiting()
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
