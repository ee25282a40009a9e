from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
xs = ["a", "b", "c"]


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


def fetch_item(x):
    return requests.get("http://h/" + x)


pool = ThreadPoolExecutor(max_workers=32)
try:
    for (i, x), pending in look_ahead(
        (((i, x), pool.submit(fetch_item, x)) for i, x in enumerate(xs)), 64
    ):
        r = pending.result()
        xs[i] = r.text[:4]
finally:
    pool.shutdown(cancel_futures=True)
print(xs)
