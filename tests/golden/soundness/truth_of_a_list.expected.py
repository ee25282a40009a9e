from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

# Whether the list is empty is asked in its turn: the first round fills it.
kept = []


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def submit_names(pool, items, kept):
    """Yield each name with its pending call."""
    kept = kept.copy()
    for name in items:
        pending = None
        if kept:
            pending = pool.submit(requests.get, "http://host/" + name)
        kept.append(name)
        yield name, pending


pool = ThreadPoolExecutor(max_workers=3)
try:
    for name, pending in look_ahead(submit_names(pool, ["ant", "bee", "cat"], kept), 6):
        if kept:
            print(name, pending.result().status_code)
        kept.append(name)
finally:
    pool.shutdown(cancel_futures=True)
