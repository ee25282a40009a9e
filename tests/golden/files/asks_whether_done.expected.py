"""Packs what is not packed yet; a function says whether it is, before and after."""

import os
import subprocess
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor

PACK = "import sys; open(sys.argv[1] + '.txt', 'w').write(open(sys.argv[1] + '/text').read() * 3)"


def is_packed(folder):
    return os.path.exists(folder + ".txt")


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def main(folders, again):
    packed = skipped = failed = 0

    def submit_folders(pool, items):
        """Yield each folder with its pending call."""
        for folder in items:
            is_so = None
            pending = None
            try:
                if is_so := is_packed(folder) and not again:
                    yield folder, is_so, pending
                    continue
                pending = pool.submit(subprocess.run, [sys.executable, "-c", PACK, folder])
            except Exception:
                pass  # the loop itself meets it
            yield folder, is_so, pending

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for folder, is_so, pending in look_ahead(submit_folders(pool, folders), 64):
            if (is_packed(folder) and not again) if is_so is None else is_so:
                skipped += 1
                print("skip", folder)
                continue
            code = pending.result().returncode
            if code == 0 and is_packed(folder):
                packed += 1
                print("packed", folder)
            else:
                failed += 1
                print("failed", folder)
    finally:
        pool.shutdown(cancel_futures=True)
    print(packed, skipped, failed)


for name in ("a", "b", "c", "d"):
    os.mkdir(name)
    with open(name + "/text", "w") as file:
        file.write(name)
open("b.txt", "w").close()
main(["a", "b", "c", "d"], again=False)
main(["a", "b"], again=True)
