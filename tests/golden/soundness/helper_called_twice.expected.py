from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

ITEMS = ["a", "b", "c"]
BASE = "http://host/"

def store(page, *, pending=None):
    rows.append((pending.result() if pending else requests.get(BASE + page)).text)


def filled(values):
    values[0] = requests.get(BASE + values[1]).text
    return values


rows = []


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_item(page):
    return requests.get(BASE + page)


def fetch_one(page):
    return requests.get(BASE + page)


def run(ITEMS):
    t = "start"
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for u, pending_2, pending_3, pending_4 in look_ahead(
            (
                (
                    u,
                    pool.submit(fetch_item, u),
                    pool.submit(filled, [u, u]),
                    pool.submit(fetch_one, u),
                )
                for u in ITEMS
            ),
            64,
        ):
            rows.sort()
            store(u, pending=pending_2)
            try:
                t = pending_3.result()[0]
                store(u, pending=pending_4)
            except Exception as e:
                print(type(e).__name__, u)
    finally:
        pool.shutdown(cancel_futures=True)
    pass


if __name__ == "__main__":
    run(ITEMS)
