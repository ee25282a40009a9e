from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

FIELDS = ["name", "town"]


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_row(row):
    query = {}
    for field in FIELDS:
        if row.get(field):
            query[field] = row[field].strip()
    return requests.get("http://host/search", params=query)


def look_up(rows):
    found = []
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for row, pending in look_ahead(
            ((row, pool.submit(fetch_row, row)) for row in rows), 64
        ):
            answer = pending.result()
            found.append(answer.status_code)
    finally:
        pool.shutdown(cancel_futures=True)
    return found


print(look_up([{"name": "ant", "town": " here"}, {"name": "bee"}, {"town": "there "}]))
