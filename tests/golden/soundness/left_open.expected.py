from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch(name):
    answer = requests.get("http://host/" + name)
    answer.raise_for_status()
    return answer.text


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def gather(names):
    # Closed as the function ends, and not before: the next call begins with an empty file.
    out = open("gathered.txt", "w")
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(((name, pool.submit(fetch, name)) for name in names), 64):
            try:
                out.write(pending.result())
            except (requests.RequestException, ValueError):
                print("no", name)
    finally:
        pool.shutdown(cancel_futures=True)
        pending = None  # a failure would keep its frames, and their files open


for names in [["a", "b", "fail"], ["c", "d", "fail"]]:
    gather(names)
    with open("gathered.txt") as file:
        print(file.read())
