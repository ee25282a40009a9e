import os
import subprocess
from collections import deque
from concurrent.futures import ThreadPoolExecutor

os.makedirs("out", exist_ok=True)
open("out/bee.txt", "w").close()


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def touch_all(names, folder):
    def submit_names(pool, items):
        """Yield each name with its pending call."""
        for name in items:
            is_so = None
            pending = None
            try:
                target = os.path.join(folder, name + ".txt")
                if name.startswith("_"):
                    pass
                elif is_so := not os.path.exists(target) or os.path.getsize(target) > 100:
                    pending = pool.submit(
                        subprocess.run, ["touch", target], stdin=subprocess.DEVNULL
                    )
            except Exception:
                pass  # the loop itself meets it
            yield name, is_so, pending

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, is_so, pending in look_ahead(submit_names(pool, names), 64):
            target = os.path.join(folder, name + ".txt")
            if name.startswith("_"):
                print("hidden", name)
            elif (not os.path.exists(target) or os.path.getsize(target) > 100) if is_so is None else is_so:
                print("making", name)
                pending.result()
            else:
                print("had", name)
    finally:
        pool.shutdown(cancel_futures=True)


touch_all(["ant", "_bat", "bee", "cat"], "out")
print(sorted(os.listdir("out")))
