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


def fetch_item(b):
    return requests.get("http://h/" + a + b)


for a in "ab":
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for b, pending in look_ahead(
            ((b, pool.submit(fetch_item, b)) for b in "xy"), 64
        ):
            print(pending.result().text)
    finally:
        pool.shutdown(cancel_futures=True)
    print("row", a)
