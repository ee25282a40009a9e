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


def fetch_url(u):
    return requests.get("http://h/" + u)


def main(urls):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for u, pending in look_ahead(
            ((u, pool.submit(fetch_url, u)) for u in urls), 64
        ):
            r = pending.result()
    finally:
        pool.shutdown(cancel_futures=True)
    try:
        print(u, r.text)
    except NameError as e:
        print(type(e).__name__)
main([])
main(["a", "b"])
