import os
import requests
from collections import deque
from concurrent.futures import ThreadPoolExecutor


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


def fetch_item(i, url):
    dest = f"img_{i}.jpg"
    if os.path.exists(dest):
        return None
    return requests.get(url)


pool = ThreadPoolExecutor(max_workers=32)
try:
    for (i, url), pending in look_ahead(
        (
            ((i, url), pool.submit(fetch_item, i, url))
            for i, url in enumerate(["http://h/a", "http://h/b"])
        ),
        64,
    ):
        dest = f"img_{i}.jpg"
        if os.path.exists(dest):
            continue
        r = pending.result()
        with open(dest, "wb") as f:
            f.write(r.content)
finally:
    pool.shutdown(cancel_futures=True)
