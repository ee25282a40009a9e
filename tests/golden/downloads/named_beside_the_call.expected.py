from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch(page, *, pending=None):
    print("asking for", page)
    text = (pending.result() if pending else requests.get("http://host/" + page, timeout=5)).text
    print("got", len(text))
    return text


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
    return requests.get("http://host/" + page, timeout=5)


def submit_pages(pool, items):
    """Yield each page with its pending call."""
    for item in items:
        page = item
        page = page.strip()
        pending = pool.submit(fetch_page, page)
        yield item, pending


pool = ThreadPoolExecutor(max_workers=2)
try:
    for page, pending in look_ahead(submit_pages(pool, ["ant ", "bee "]), 4):
        page = page.strip()
        print(page, fetch(page, pending=pending))
finally:
    pool.shutdown(cancel_futures=True)
