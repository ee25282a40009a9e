# What is printed between and behind the attempts comes out where it did, also when all fail: each
# worker gathers it, and the loop prints it in order.
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

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


def fetch_url(url):
    printed = StringIO()
    try:
        for attempt in range(3):
            try:
                page = requests.get(url, timeout=5)
                if "x" in url and attempt < 2:
                    raise requests.ConnectionError("no route")
                print("  found", len(page.text), end="\n\n", file=printed)
                break
            except requests.RequestException as error:
                print(
                    "  failed:",
                    error,
                    file=printed,
                )
        else:
            raise LookupError(url)
    except BaseException as failure:
        return None, printed.getvalue().splitlines(True), failure
    return (attempt, page), printed.getvalue().splitlines(True), None


def fetch_all(urls):
    pages = {}
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for url, pending in look_ahead(((url, pool.submit(fetch_url, url)) for url in urls), 64):
            print(url)
            result, printed, failure = pending.result()
            print(*printed, sep="", end="")
            if failure is not None:
                raise failure
            attempt, page = result
            pages[url] = int(url.rpartition("/")[2], 16) if attempt else len(page.text)
    finally:
        pool.shutdown(cancel_futures=True)
    return pages


def fetch_name(name):
    return requests.get("http://host/" + name)


def both(names):
    seen = []
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(fetch_name, name)) for name in names), 64
        ):
            try:
                page = pending.result()
                print("found", page.status_code, end=" ")
                other = requests.get("http://host/" + name + "/" + str(len(page.text)))
                print(len(other.text) + int(name))
            except ValueError as problem:
                print("no number:", problem)
            seen.append(name)
    finally:
        pool.shutdown(cancel_futures=True)
    return seen


print(fetch_all(["http://host/a", "http://host/0x1", "http://host/c"]))
print(both(["7", "x", "8"]))
try:
    fetch_all(["http://host/a", "http://host/xyz", "http://host/c"])
except ValueError as problem:
    print("stopped:", problem)
