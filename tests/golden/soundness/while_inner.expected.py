from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_item(a):
    n = 0
    while n < 3:
        r = requests.get(f"http://h/{a}{n}")
        n += 1
    bound = locals()
    return {name: bound[name] for name in ("n", "r") if name in bound}


pool = ThreadPoolExecutor(max_workers=32)
try:
    for a, pending in look_ahead(((a, pool.submit(fetch_item, a)) for a in "abc"), 64):
        n = 0
        bound = pending.result()
        n = bound["n"]
        if "r" in bound:
            r = bound["r"]
        print(r.text)
finally:
    pool.shutdown(cancel_futures=True)
