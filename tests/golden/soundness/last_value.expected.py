from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    try:
        for call in calls:
            ahead.append(call)
            if len(ahead) > limit:
                yield ahead.popleft()
    except (Exception, SystemExit):
        while ahead:  # what came before the exception comes first
            yield ahead.popleft()
        raise
    while ahead:
        yield ahead.popleft()


def fetch_item(u):
    return requests.get("http://h/" + u)


pool = ThreadPoolExecutor(max_workers=32)
try:
    for (i, u), pending in look_ahead(
        (((i, u), pool.submit(fetch_item, u)) for i, u in enumerate("abc")), 64
    ):
        r = pending.result()
        size = len(r.text)
finally:
    pool.shutdown(cancel_futures=True)
print(i, u, r.text, size)
