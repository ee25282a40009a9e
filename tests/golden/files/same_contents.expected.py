"""Which files have the same contents: by size first, then by what is in them."""

import hashlib
import logging
import pathlib
from collections import defaultdict
from collections import deque
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger("same_contents")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def find(folder):
    by_size = defaultdict(list)
    first = {}
    same = defaultdict(set)
    for path in sorted(pathlib.Path(folder).iterdir()):
        by_size[path.stat().st_size].append(path.name)
    for size, names in by_size.items():
        if len(names) < 2:
            continue

        def digest_name(name):
            return digest(f"{folder}/{name}")

        pool = ThreadPoolExecutor(max_workers=32)
        try:
            for name, pending in look_ahead(
                ((name, pool.submit(digest_name, name)) for name in names), 64
            ):
                try:
                    found = pending.result()
                    if found in first:
                        same[first[found]].add(name)
                    else:
                        first[found] = name
                except OSError:
                    log.warning("cannot read %s", name)
                    continue
        finally:
            pool.shutdown(cancel_futures=True)
    return same


folder = pathlib.Path("letters")
folder.mkdir()
for number in range(9):
    (folder / f"{number}.txt").write_text("ab"[number % 2] * (number // 4))
for name, others in find(folder).items():
    print(name, sorted(others))
