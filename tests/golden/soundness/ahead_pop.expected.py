from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
stack = ["a", "b", "c"]


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_item(u):
    return requests.get("http://h/" + u)


def submit_items(pool, items, stack):
    """Yield each item with its pending call."""
    stack = stack.copy()
    for i in items:
        pending = None
        try:
            u = stack.pop()
            pending = pool.submit(fetch_item, u)
        except Exception:
            pass  # the loop itself meets it
        yield i, pending


pool = ThreadPoolExecutor(max_workers=3)
try:
    for i, pending in look_ahead(submit_items(pool, range(3), stack), 6):
        u = stack.pop()
        print(pending.result().text, stack)
finally:
    pool.shutdown(cancel_futures=True)
