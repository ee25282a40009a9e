import os
import requests
from collections import deque
from concurrent.futures import ThreadPoolExecutor


def download(url, dest, *, pending=None):
    if os.path.exists(dest):
        print("skip", dest)
        return False
    if not url:
        return None
    r = pending.result() if pending else requests.get(url)
    if r.status_code != 200:
        print("error", r.status_code)
        return False
    with open(dest, "wb") as f:
        f.write(r.content)
    return True


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


def fetch_item(dest, url):
    if os.path.exists(dest):
        return None
    if not url:
        return None
    return requests.get(url)


def main(urls):
    ok = 0
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for (i, url), pending in look_ahead(
            (
                ((i, url), pool.submit(fetch_item, f"img_{i}.jpg", url))
                for i, url in enumerate(urls)
            ),
            64,
        ):
            if download(url, f"img_{i}.jpg", pending=pending):
                ok += 1
    finally:
        pool.shutdown(cancel_futures=True)
    print(ok, "of", len(urls))


with open("img_1.jpg", "w") as f:
    f.write("there")
main(["http://h/a", "http://h/b", "", "http://h/missing", "http://h/c"])
