import os
import subprocess
from collections import deque
from concurrent.futures import ThreadPoolExecutor

# The third one's size cannot be asked for: what is printed before that stays printed.
for name in ["ant", "bee"]:
    with open(name, "w") as file:
        file.write(name)


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
        is_so = None
        pending = None
        try:
            if is_so := os.path.getsize(name) > 100:
                yield name, is_so, pending
                continue
            pending = pool.submit(
                subprocess.run,
                ["truncate", "-s", "200", name],
                stdin=subprocess.DEVNULL,
            )
        except Exception:
            pass  # the loop itself meets it
        yield name, is_so, pending


pool = ThreadPoolExecutor(max_workers=3)
try:
    for name, is_so, pending in look_ahead(
        submit_names(pool, ["ant", "bee", "gnu"]), 6
    ):
        print("at", name)
        try:
            if (os.path.getsize(name) > 100) if is_so is None else is_so:
                print("large", name)
                continue
            pending.result()
        except OSError as error:
            print("no", name, error.errno)
            break
        print("made", name)
finally:
    pool.shutdown(cancel_futures=True)
