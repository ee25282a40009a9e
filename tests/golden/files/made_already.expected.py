import os
import subprocess
from collections import deque
from concurrent.futures import ThreadPoolExecutor

os.makedirs("out", exist_ok=True)
open("out/bee.txt", "w").close()
made = 0


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
        exists = None
        pending = None
        target = f"out/{name}.txt"
        if exists := os.path.exists(target):
            yield name, exists, pending
            continue
        pending = pool.submit(
            subprocess.run, ["touch", target], check=True, stdin=subprocess.DEVNULL
        )
        yield name, exists, pending


pool = ThreadPoolExecutor(max_workers=4)
try:
    for name, exists, pending in look_ahead(
        submit_names(pool, ["ant", "bee", "cat", "dog"]), 8
    ):
        target = f"out/{name}.txt"
        # What is there stays.
        if exists:
            print("skip", name)
            continue
        pending.result()
        made += 1
        print("made", name, made)
finally:
    pool.shutdown(cancel_futures=True)
print(sorted(os.listdir("out")))
