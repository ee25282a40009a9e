"""The runtime beside its peers, in one run: small versions of what a parallel map meets.

    compare.py [--rounds N] [--scale X]

Every peer runs with its defaults and, where it has one, with its best of three chunk sizes. The
rounds of all peers are interleaved, so that a slow minute of the machine hits everybody; the figure
is the median. Prints a table in Markdown. Needs the package on the path (PYTHONPATH=BUILD/python);
peers that are not installed are left out, and named.
"""

import argparse
import concurrent.futures
import functools
import multiprocessing
import multiprocessing.pool
import os
import platform
import statistics
import sys
import time

import braid

WORKERS = 2


def noop(value):
    return value


def spin(count):
    for _ in range(count):
        pass


def nap(seconds):
    if seconds:  # else it would wait for the timer's slack
        time.sleep(seconds)


class Peer:
    """One way to map: (name, open, close); pools are warm when the clock starts."""

    def __init__(self, name, kind, make, call, chunks=(None,)):
        self.name = name
        self.kind = kind
        self.make = make
        self.call = call
        self.chunks = chunks


def chunk_sizes(count):
    return sorted({max(1, count // 8), max(1, count // 32), max(1, min(1000, count // 2))})


def peers():
    found = [
        Peer(
            "braid",
            "processes",
            lambda: braid.Runner(backend="processes", workers=WORKERS),
            lambda pool, f, items, chunk: pool.map(f, items),
        ),
        Peer(
            "braid",
            "threads",
            lambda: braid.Runner(backend="threads", workers=WORKERS),
            lambda pool, f, items, chunk: pool.map(f, items),
        ),
        Peer(
            "multiprocessing.Pool",
            "processes",
            lambda: multiprocessing.Pool(WORKERS),
            lambda pool, f, items, chunk: pool.map(f, items, chunksize=chunk),
            (None, "best"),
        ),
        Peer(
            "ThreadPool",
            "threads",
            lambda: multiprocessing.pool.ThreadPool(WORKERS),
            lambda pool, f, items, chunk: pool.map(f, items, chunksize=chunk),
            (None, "best"),
        ),
        Peer(
            "concurrent.futures",
            "processes",
            lambda: concurrent.futures.ProcessPoolExecutor(WORKERS),
            lambda pool, f, items, chunk: list(pool.map(f, items, chunksize=chunk or 1)),
            (None, "best"),
        ),
        Peer(
            "concurrent.futures",
            "threads",
            lambda: concurrent.futures.ThreadPoolExecutor(WORKERS),
            lambda pool, f, items, chunk: list(pool.map(f, items)),
        ),
    ]
    missing = []
    try:
        import joblib

        found.append(
            Peer(
                "joblib (loky)",
                "processes",
                lambda: joblib.Parallel(n_jobs=WORKERS),
                lambda pool, f, items, chunk: pool(joblib.delayed(f)(i) for i in items),
            )
        )
    except ImportError:
        missing.append("joblib")
    try:
        import mpire

        found.append(
            Peer(
                "mpire",
                "processes",
                lambda: mpire.WorkerPool(WORKERS, keep_alive=True),
                lambda pool, f, items, chunk: pool.map(f, items, chunk_size=chunk),
                (None, "best"),
            )
        )
    except ImportError:
        missing.append("mpire")
    for name, make in (("pebble", pebble_peer), ("Dask", dask_peer), ("Ray", ray_peer)):
        try:
            found.append(make())
        except ImportError:
            missing.append(name)
    return found, missing


def pebble_peer():
    import pebble

    def call(pool, function, items, chunk):
        return list(pool.map(function, items, chunksize=chunk or 1).result())

    return Peer("pebble", "processes", lambda: pebble.ProcessPool(WORKERS), call, (None, "best"))


def dask_peer():
    from dask import distributed

    def make():
        return distributed.Client(
            n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs=50
        )

    def call(client, function, items, chunk):
        # Not pure: a result that is known from a call before is not what is measured.
        return client.gather(client.map(function, items, pure=False, batch_size=chunk))

    return Peer("Dask", "processes", make, call)


def ray_peer():
    import ray
    from ray.util.multiprocessing import Pool

    def make():
        ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False)
        return Pool(WORKERS)

    def call(pool, function, items, chunk):
        return pool.map(function, items, chunksize=chunk)

    return Peer("Ray", "processes", make, call, (None, "best"))


def workloads(scale):
    def sized(count):
        return max(100, int(count * scale))

    spin_short, spin_middle, spin_long = calibrate(0.6e-6), calibrate(90e-6), calibrate(0.91e-3)
    tail = [0.002] * 504 + [0.25] * 8
    return [
        # id, text, kinds, function, items, the unit
        ("W1", "noop, 10^5", "processes threads", noop, list(range(sized(100_000))), "item"),
        ("W1", "noop, 10^3", "processes threads", noop, list(range(1000)), "item"),
        ("W2", "0.6 us of work, 10^5", "processes", spin, [spin_short] * sized(100_000), "item"),
        ("W3", "90 us of work, 10^4", "processes", spin, [spin_middle] * sized(10_000), "item"),
        ("W4", "0.91 ms of work, 10^3", "processes", spin, [spin_long] * sized(1000), "item"),
        ("W7", "504 sleeps of 2 ms, then 8 of 250 ms", "processes threads", nap, tail, "bound"),
        (
            "W7",
            "20,000 of nothing, then 16 sleeps of 100 ms",
            "processes threads",
            nap,
            [0.0] * sized(20_000) + [0.1] * 16,
            "bound",
        ),
    ]


def calibrate(seconds):
    """How far `spin` counts in this time."""
    count = 1
    while True:
        best = min(timed(functools.partial(spin, count))[0] for _ in range(5))
        if best > 2e-4:
            return max(1, int(count * seconds / best))
        count *= 4


def timed(call):
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def bound(items):
    """The least makespan that these sleeps allow."""
    return max(sum(items) / WORKERS, max(items))


def measure(found, jobs, rounds):
    """{(job, peer, chunk): median seconds}"""
    # The peers fork, which is only safe while there are no threads: processes first, and once.
    pools = {}
    for peer in sorted(found, key=lambda peer: peer.kind):
        pools[peer] = peer.make()
        peer.call(pools[peer], noop, list(range(100)), None)
    times = {}
    for number, (_, _, kinds, function, items, _) in enumerate(jobs):
        running = [(peer, pool) for peer, pool in pools.items() if peer.kind in kinds.split()]
        for _ in range(rounds):
            for peer, pool in running:
                for chunk in peer.chunks:
                    sizes = chunk_sizes(len(items)) if chunk == "best" else [None]
                    for size in sizes:
                        taken, _ = timed(functools.partial(peer.call, pool, function, items, size))
                        times.setdefault((number, peer, chunk, size), []).append(taken)
    for pool in pools.values():
        close(pool)
    medians = {}
    for (number, peer, chunk, _), taken in times.items():
        key = (number, peer, chunk)
        medians[key] = min(medians.get(key, float("inf")), statistics.median(taken))
    return medians


def close(pool):
    for name in ("terminate", "shutdown", "stop", "close"):
        if hasattr(pool, name):
            getattr(pool, name)()
            return


def round_trips(rounds):
    """Median seconds of submit(...).result(), one at a time, alternating."""
    kinds = [
        ("braid", "processes", lambda: braid.ProcessPoolExecutor(WORKERS)),
        (
            "concurrent.futures",
            "processes",
            lambda: concurrent.futures.ProcessPoolExecutor(WORKERS),
        ),
        ("braid", "threads", lambda: braid.ThreadPoolExecutor(WORKERS)),
        ("concurrent.futures", "threads", lambda: concurrent.futures.ThreadPoolExecutor(WORKERS)),
    ]
    pools = [(name, kind, make()) for name, kind, make in kinds]
    times = {}
    for name, kind, pool in pools:
        pool.submit(noop, 1).result()
        times[name, kind] = []
    for _ in range(rounds):
        for name, kind, pool in pools:
            for _ in range(100):
                times[name, kind].append(timed(lambda pool=pool: pool.submit(noop, 1).result())[0])
    for _, _, pool in pools:
        pool.shutdown()
    return {key: statistics.median(taken) for key, taken in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    found, missing = peers()
    jobs = workloads(options.scale)
    load = os.getloadavg()[0]
    trips = round_trips(options.rounds)
    medians = measure(found, jobs, options.rounds)
    print(
        f"Python {platform.python_version()}, {platform.machine()}, "
        f"{len(os.sched_getaffinity(0))} processors, load {load:.1f} when it began, "
        f"{WORKERS} workers, medians of {options.rounds} interleaved rounds."
    )
    print(f"Not installed, so not measured: {', '.join(missing) or 'nothing'}.\n")
    print("| | workload | kind | peer | time | of braid's |\n|---|---|---|---|---|---|")
    for number, (name, text, kinds, _, items, unit) in enumerate(jobs):
        for kind in kinds.split():
            rows = [
                (key[1], key[2], t)
                for key, t in medians.items()
                if key[0] == number and key[1].kind == kind
            ]
            own = next(t for peer, _, t in rows if peer.name == "braid")
            for peer, chunk, seconds in sorted(rows, key=lambda row: row[2]):
                if unit == "item":
                    shown = f"{seconds / len(items) * 1e6:.3g} us an item"
                else:
                    shown = f"{seconds / bound(items):.2f} of the bound"
                label = peer.name + (", best chunk" if chunk else "")
                print(f"| {name} | {text} | {kind} | {label} | {shown} | {seconds / own:.2f} |")
    for (name, kind), seconds in trips.items():
        own = trips["braid", kind]
        print(
            f"| W5 | submit(noop).result(), one at a time | {kind} | {name} | "
            f"{seconds * 1e6:.1f} us | {seconds / own:.2f} |"
        )


if __name__ == "__main__":
    sys.exit(main())
