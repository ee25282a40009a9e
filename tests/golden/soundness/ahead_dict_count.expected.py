from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
counts = {}


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_item(u, counts):
    return requests.get("http://h/" + u, params={"n": counts[u]})


def submit_items(pool, items, counts):
    """Yield each item with its pending call."""
    counts = counts.copy()
    for u in items:
        pending = None
        try:
            counts[u] = counts.get(u, 0) + 1
            pending = pool.submit(fetch_item, u, counts.copy())
        except Exception:
            pass  # the loop itself meets it
        yield u, pending


pool = ThreadPoolExecutor(max_workers=5)
try:
    for u, pending in look_ahead(
        submit_items(pool, ["a", "b", "a", "c", "a"], counts), 10
    ):
        counts[u] = counts.get(u, 0) + 1
        r = pending.result()
        print(r.text, counts)
finally:
    pool.shutdown(cancel_futures=True)
