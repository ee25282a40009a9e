import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


def look_ahead(calls, limit):
    """Yield each of `calls` in order, once it is done or `limit` of them are made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        done = all(pending is None or pending.done() for pending in ahead[0][1:])
        if done or len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def submit_pages(pool, items):
    """Yield each page with its pending call."""
    for page in items:
        pending = pool.submit(requests.get, f"http://pages.example/{page}")
        time.sleep(0.01)
        yield page, pending


pool = ThreadPoolExecutor(max_workers=5)
try:
    for page, pending in look_ahead(submit_pages(pool, range(5)), 10):
        answer = pending.result()
        print(page, answer.status_code)
finally:
    pool.shutdown(cancel_futures=True)
