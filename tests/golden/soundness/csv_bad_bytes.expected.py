import csv, requests
from collections import deque
from concurrent.futures import ThreadPoolExecutor
open("in.csv", "wb").write(b"a\nb\nc\n\xff\xfe\nd\n")


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


def fetch_row(row):
    return requests.get("http://h/" + row[0])


try:
    with open("in.csv", encoding="utf-8") as f:
        pool = ThreadPoolExecutor(max_workers=32)
        try:
            for row, pending in look_ahead(
                ((row, pool.submit(fetch_row, row)) for row in csv.reader(f)), 64
            ):
                print(pending.result().text)
        finally:
            pool.shutdown(cancel_futures=True)
except UnicodeDecodeError:
    print("bad bytes")
