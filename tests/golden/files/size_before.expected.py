import os
import subprocess
from collections import deque
from concurrent.futures import ThreadPoolExecutor

for name in ["ant", "bee", "cat"]:
    with open(f"{name}.txt", "w") as file:
        file.write(name * 10)


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def submit_names(pool, items):
    """Yield each name with its pending call."""
    for name in items:
        known_before = None
        pending = None
        try:
            known_before = before = os.path.getsize(name + ".txt")
            pending = pool.submit(
                subprocess.run,
                ["truncate", "-s", "4", name + ".txt"],
                stdin=subprocess.DEVNULL,
            )
        except Exception:
            pass  # the loop itself meets it
        yield name, known_before, pending


pool = ThreadPoolExecutor(max_workers=3)
try:
    for name, known_before, pending in look_ahead(
        submit_names(pool, ["ant", "bee", "cat"]), 6
    ):
        before = os.path.getsize(name + ".txt") if known_before is None else known_before
        pending.result()
        after = os.path.getsize(name + ".txt")
        print(name, before, "became", after)
finally:
    pool.shutdown(cancel_futures=True)
