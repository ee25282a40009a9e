import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import requests


class Timed:
    """Hands on whatever is raised in it."""

    def __enter__(self):
        self.begun = time.monotonic()
        return self

    def __exit__(self, *details):
        self.taken = time.monotonic() - self.begun


def kind_of(name):
    with suppress(ValueError):
        return "number" if int(name) else "nothing"
    return "word"


def fetch_name(name):
    kind = "word"
    with suppress(ValueError):
        int(name)
        kind = "number"
    return requests.get(f"http://host/{kind}/{name}")


# What stands behind something that fails is not reached: "ant" stays a word.
pool = ThreadPoolExecutor(max_workers=3)
try:
    calls = [pool.submit(fetch_name, name) for name in ["1", "ant", "9"]]
    for name, pending in zip(["1", "ant", "9"], calls):
        kind = "word"
        with suppress(ValueError):
            int(name)
            kind = "number"
        print(pending.result().status_code)
finally:
    pool.shutdown(cancel_futures=True)


def fetch_item(name):
    kind = "number"
    return requests.get(f"http://host/{kind}/{name}")


pool = ThreadPoolExecutor(max_workers=3)
try:
    futures = [pool.submit(fetch_item, name) for name in ["1", "8", "9"]]
    for name, pending in zip(["1", "8", "9"], futures):
        kind = "word"
        with Timed():
            int(name)
            kind = "number"
        print(pending.result().status_code)
finally:
    pool.shutdown(cancel_futures=True)


def fetch_one(name):
    return requests.get(f"http://host/{kind_of(name)}/{name}")


pool = ThreadPoolExecutor(max_workers=3)
try:
    futures_2 = [pool.submit(fetch_one, name) for name in ["1", "ant", "9"]]
    for name, pending in zip(["1", "ant", "9"], futures_2):
        print(pending.result().status_code)
finally:
    pool.shutdown(cancel_futures=True)
