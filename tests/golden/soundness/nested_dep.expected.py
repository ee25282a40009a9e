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


def fetch_prev(a):
    prev = ""
    for b in "xyz":
        prev = requests.get("http://h/" + a + b + prev).text[-9:].strip()
    bound = locals()
    return {name: bound[name] for name in ("b", "prev") if name in bound}


pool = ThreadPoolExecutor(max_workers=32)
try:
    for a, pending in look_ahead(((a, pool.submit(fetch_prev, a)) for a in "ab"), 64):
        prev = ""
        bound = pending.result()
        if "b" in bound:
            b = bound["b"]
        prev = bound["prev"]
        print(prev)
finally:
    pool.shutdown(cancel_futures=True)
