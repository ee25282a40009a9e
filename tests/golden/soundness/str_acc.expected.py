from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
s = ""


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_item(s):
    return requests.get("http://h/" + s)


def submit_items(pool, items, s):
    """Yield each item with its pending call."""
    for u in items:
        s += u
        pending = pool.submit(fetch_item, s)
        yield u, pending


pool = ThreadPoolExecutor(max_workers=32)
try:
    for u, pending in look_ahead(submit_items(pool, "abc", s), 64):
        s += u
        print(pending.result().text)
finally:
    pool.shutdown(cancel_futures=True)
