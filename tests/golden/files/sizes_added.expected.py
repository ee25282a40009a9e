import os
import subprocess
from collections import deque
from concurrent.futures import ThreadPoolExecutor

os.makedirs("packed")
for name in "abcdef":
    with open(name, "w") as file:
        file.write(name * (ord(name) - 90))

before = after = 0
log = ""


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def run_name(name):
    return subprocess.run(["mv", name, os.path.join("packed", name)])


def submit_names(pool, items):
    """Yield each name with its pending call."""
    for name in items:
        is_so = None
        added_before = None
        added_log = None
        pending = None
        try:
            if is_so := not os.path.isfile(name) or len(name) > 1:
                yield name, is_so, added_before, added_log, pending
                continue
            added_before = os.path.getsize(name)
            added_log = f"{name}: {os.path.getsize(name)} "
            pending = pool.submit(run_name, name)
        except Exception:
            pass  # the loop itself meets it
        yield name, is_so, added_before, added_log, pending


pool = ThreadPoolExecutor(max_workers=32)
try:
    for name, is_so, added_before, added_log, pending in look_ahead(
        submit_names(pool, sorted(os.listdir("."))), 64
    ):
        if (not os.path.isfile(name) or len(name) > 1) if is_so is None else is_so:
            continue
        before += os.path.getsize(name) if added_before is None else added_before
        log += (f"{name}: {os.path.getsize(name)} ") if added_log is None else added_log
        code = pending.result().returncode
        if code != 0:
            print("failed", name)
        after += os.path.getsize(os.path.join("packed", name))
        print(name, before, after)
finally:
    pool.shutdown(cancel_futures=True)
print(before, after, log)
