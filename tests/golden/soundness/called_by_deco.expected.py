from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
def counted(f):
    f.n = 0
    def inner(u):
        f.n += 1
        return f(u + str(f.n))
    return inner
@counted
def get(u):
    return requests.get("http://h/" + u).text


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


pool = ThreadPoolExecutor(max_workers=32)
try:
    for u, pending in look_ahead(((u, pool.submit(get, u)) for u in "abc"), 64):
        print(pending.result())
finally:
    pool.shutdown(cancel_futures=True)
