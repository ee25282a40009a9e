import os
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


def submit_names(pool, items):
    """Yield each name with its pending call."""
    for name in items:
        pending = None
        if os.path.exists(name):
            yield name, pending
            continue
        pending = pool.submit(requests.get, "http://host/" + name)
        yield name, pending


# The file is there as soon as it is open: no worker may look for it then.
pool = ThreadPoolExecutor(max_workers=3)
try:
    for name, pending in look_ahead(submit_names(pool, ["ant", "bee", "cat"]), 6):
        if os.path.exists(name):
            continue
        with open(name, "w") as file:
            file.write(pending.result().text)
        print("got", name)
finally:
    pool.shutdown(cancel_futures=True)
