"""Links of a list, some of whose lines are broken."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

LINES = ["a,http://archive.test/a", "broken", "c,http://archive.test/c", ",", "e,http://archive.test/e"]


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


def fetch_response(line):
    parts = line.split(",")
    title = parts[0].strip()
    link = parts[1].strip()
    return requests.get(link)


def main():
    errors = 0
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for (number, line), pending in look_ahead(
            (
                ((number, line), pool.submit(fetch_response, line))
                for number, line in enumerate(LINES)
            ),
            64,
        ):
            try:
                parts = line.split(",")
                title = parts[0].strip()
                link = parts[1].strip()
            except IndexError:
                print("nothing to fetch in line", number)
                errors += 1
                continue
            try:
                print("fetching", title)
                response = pending.result()
                print(response.status_code)
            except requests.RequestException as error:
                print("failed:", error)
                errors += 1
                continue
    finally:
        pool.shutdown(cancel_futures=True)
    print(errors, "errors")


main()
