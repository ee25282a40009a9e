import os
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


def fetch_name(name):
    printed = StringIO()
    try:
        with open(name) as file:
            number = file.fileno()
            reply = requests.get("http://host/" + file.readline().strip())
            # The number stands for the file only while that is open.
            print(os.fstat(number).st_size, reply.status_code, file=printed)
    except BaseException as error:
        return printed.getvalue().splitlines(True), error
    return printed.getvalue().splitlines(True), None


def sizes(names):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(fetch_name, name)) for name in names), 64
        ):
            printed, error = pending.result()
            print(*printed, sep="", end="")
            if error is not None:
                raise error
    finally:
        pool.shutdown(cancel_futures=True)


for name in "ab":
    open(name, "w").write(name + "\n")
sizes(["a", "b"])
