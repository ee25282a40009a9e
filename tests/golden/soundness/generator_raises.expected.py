from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
def source():
    for i in range(6):
        if i == 4:
            raise ValueError("source")
        yield i


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    try:
        for call in calls:
            ahead.append(call)
            if len(ahead) > limit:
                yield ahead.popleft()
    except (Exception, SystemExit):
        while ahead:  # what came before the exception comes first
            yield ahead.popleft()
        raise
    while ahead:
        yield ahead.popleft()


def fetch_item(i):
    return requests.get(f"http://h/{i}")


try:
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for i, pending in look_ahead(
            ((i, pool.submit(fetch_item, i)) for i in source()), 64
        ):
            print(pending.result().text)
    finally:
        pool.shutdown(cancel_futures=True)
except ValueError as e:
    print("caught", e)
