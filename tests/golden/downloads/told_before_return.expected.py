from collections import deque
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import requests


def fetch(name, *, pending=None, printed=None):
    print("fetching", name, file=printed)
    return (pending.result() if pending else requests.get(f"http://host/{name}", timeout=5)).text


def size(name, seen, *, printed=None):
    if name in seen:
        return 0
    seen.append(name)
    return len(fetch(name, printed=printed))


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_name(name):
    return requests.get(f"http://host/{name}", timeout=5)


def total(names):
    texts = []
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(fetch_name, name)) for name in names), 64
        ):
            texts.append(fetch(name, pending=pending))
    finally:
        pool.shutdown(cancel_futures=True)
    return sum(map(len, texts))


print(total(["ant", "bee", "cat"]))


def keep_output(function, /, *arguments, **keywords):
    """Call `function`; return what it gave, printed and raised."""
    printed = StringIO()
    try:
        result = function(*arguments, printed=printed, **keywords)
    except BaseException as error:
        return None, printed.getvalue().splitlines(True), error
    return result, printed.getvalue().splitlines(True), None


def replay(outcome):
    """Print what a call printed, then return what it gave or raise what it raised."""
    result, printed, error = outcome
    print(*printed, sep="", end="")
    if error is not None:
        raise error
    return result


pool = ThreadPoolExecutor(max_workers=2)
try:
    print([
        replay(pending.result())
        for pending in [
            pool.submit(keep_output, size, name, []) for name in ["ant", "bee"]
        ]
    ])
finally:
    pool.shutdown(cancel_futures=True)
