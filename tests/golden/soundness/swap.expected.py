from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
a, b = "x", "y"


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_item(u, a):
    return requests.get("http://h/" + u + a)


def submit_items(pool, items, b, a):
    """Yield each item with its pending call."""
    for u in items:
        pending = None
        try:
            a, b = b, a
            pending = pool.submit(fetch_item, u, a)
        except Exception:
            pass  # the loop itself meets it
        yield u, pending


pool = ThreadPoolExecutor(max_workers=32)
try:
    for u, pending in look_ahead(submit_items(pool, "abc", b, a), 64):
        a, b = b, a
        print(pending.result().text)
finally:
    pool.shutdown(cancel_futures=True)
