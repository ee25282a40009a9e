from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

attempt = 1
outcome = "before"


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_name(name):
    return requests.get("http://host/" + name)


def delayed(names):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(fetch_name, name)) for name in names), 64
        ):
            response = pending.result()
            print(name, response.status_code, attempt, outcome)
    finally:
        pool.shutdown(cancel_futures=True)


delayed(["a", "b", "c"])
