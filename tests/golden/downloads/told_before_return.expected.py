from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch(name, *, pending=None):
    print("fetching", name)
    return (pending.result() if pending else requests.get(f"http://host/{name}", timeout=5)).text


def size(name, seen):
    if name in seen:
        return 0
    seen.append(name)
    return len(fetch(name))


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_name(name):
    return requests.get(f"http://host/{name}", timeout=5)


def total(names):
    texts = []
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(fetch_name, name)) for name in names), 64
        ):
            texts.append(fetch(name, pending=pending))
    finally:
        pool.shutdown(cancel_futures=True)
    return sum(map(len, texts))


print(total(["ant", "bee", "cat"]))
print([size(name, []) for name in ["ant", "bee"]])
