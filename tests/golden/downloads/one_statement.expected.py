from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

pages = range(6)


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
    return requests.get(f"http://pages.example/{page}")


def fetch_item(page):
    return requests.get(f"http://other.example/{page}")


pool = ThreadPoolExecutor(max_workers=32)
try:
    print(
        [
            pending.result().status_code
            for pending in look_ahead(
                (pool.submit(fetch_page, page) for page in pages), 64
            )
        ],
        sum(
            len(pending.result().text)
            for pending in look_ahead(
                (pool.submit(fetch_item, page) for page in pages), 64
            )
        ),
    )
finally:
    pool.shutdown(cancel_futures=True)
