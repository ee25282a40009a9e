from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

BASE_URL = "http://pages.example/page/"


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def download(first, last):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for page, pending in look_ahead(
            (
                (page, pool.submit(requests.get, f"{BASE_URL}{page}"))
                for page in range(first, last + 1)
            ),
            64,
        ):
            response = pending.result()
            filename = f"page_{page}.html"
            with open(filename, "w") as file:
                file.write(response.text)
            print("saved", filename)
    finally:
        pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    download(1, 32)
