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


def main():
    names = []

    def fetch_item(u, names):
        return requests.get("http://h/" + u, params={"n": len(names)})

    def submit_items(pool, items, names):
        """Yield each item with its pending call."""
        names = names.copy()
        for u in items:
            names.append(u)
            pending = pool.submit(fetch_item, u, names.copy())
            yield u, pending

    pool = ThreadPoolExecutor(max_workers=3)
    try:
        for u, pending in look_ahead(submit_items(pool, ["a", "b", "c"], names), 6):
            names.append(u)
            r = pending.result()
            print(r.text, names)
    finally:
        pool.shutdown(cancel_futures=True)
main()
