#!/usr/bin/env python3
# Imports of libraries stand in a block of their own.
import csv
import sys
from collections import deque

import braid

BASE_URL = "http://example.org/"


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def main():
    import requests

    with open("pages.csv", "w", newline="") as file:
        writer = csv.writer(file)
        pool = braid.ThreadPoolExecutor(max_workers=32)
        try:
            for page, pending in look_ahead(
                (
                    (page, pool.submit(requests.get, f"{BASE_URL}{page}"))
                    for page in range(1, 90)
                ),
                64,
            ):
                response = pending.result()
                writer.writerow([page, response.status_code, len(response.text)])
                if page == 80:
                    print("nearly there", file=sys.stderr)
        finally:
            pool.shutdown(cancel_futures=True)


main()
