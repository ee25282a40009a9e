from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
pages = ["a", "b", "fail", "c"]
page = None


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_page(page):
    return requests.get("http://h/" + page)


try:
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for page, pending in look_ahead(
            ((page, pool.submit(fetch_page, page)) for page in pages), 64
        ):
            r = pending.result()
            print(r.status_code)
    finally:
        pool.shutdown(cancel_futures=True)
except requests.RequestException as e:
    print("failed at", page, e)
