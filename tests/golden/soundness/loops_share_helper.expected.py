from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

BASE = "http://host/"
rows = []

def store(page, *, pending=None, pending_2=None):
    rows.append((pending.result() if pending else requests.get(BASE + page)).text)
    rows.append((pending_2.result() if pending_2 else requests.get(BASE + page + "2")).text)


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
    return requests.get(BASE + page + "2")


def one(items):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for u, pending_3, pending_4 in look_ahead(
            ((u, pool.submit(fetch_item, u), pool.submit(fetch_one, u)) for u in items),
            64,
        ):
            store(u, pending=pending_3, pending_2=pending_4)
    finally:
        pool.shutdown(cancel_futures=True)


def fetch_one_2(page):
    return requests.get(BASE + page)


def fetch_one_3(page):
    return requests.get(BASE + page + "2")


def fetch_one_4(page):
    return requests.get(BASE + page)


def fetch_one_5(page):
    return requests.get(BASE + page + "2")


def submit_items(pool, inputs):
    """Yield each item with its pending calls."""
    for u in inputs:
        pending_5 = None
        pending_6 = None
        pending_7 = None
        pending_8 = None
        try:
            pending_5 = pool.submit(fetch_one_2, u)
            pending_6 = pool.submit(fetch_one_3, u)
            pending_7 = pool.submit(fetch_one_4, u + 'z')
            pending_8 = pool.submit(fetch_one_5, u + 'z')
        except Exception:
            pass  # the loop itself meets it
        yield u, pending_5, pending_6, pending_7, pending_8


def two(items):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for u, pending_5, pending_6, pending_7, pending_8 in look_ahead(
            submit_items(pool, items), 64
        ):
            store(u, pending=pending_5, pending_2=pending_6)
            store(u + 'z', pending=pending_7, pending_2=pending_8)
    finally:
        pool.shutdown(cancel_futures=True)

one(["a", "b"])
two(["a", "b"])
