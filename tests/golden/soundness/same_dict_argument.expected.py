from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
params = {}


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def submit_items(pool, items, params):
    """Yield each item with its pending call."""
    params = params.copy()
    for u in items:
        params["u"] = u
        pending = pool.submit(requests.get, "http://h/", params=params.copy())
        yield u, pending


pool = ThreadPoolExecutor(max_workers=3)
try:
    for u, pending in look_ahead(submit_items(pool, ["a", "b", "c"], params), 6):
        params["u"] = u
        print(pending.result().text)
finally:
    pool.shutdown(cancel_futures=True)
