import csv
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


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


def fetch_reply(item):
    name, word = item
    return requests.get("http://host/" + name, params={"word": word}, timeout=5)


def check(source, target):
    with open(source, newline="") as rows, open(target, "w", newline="") as out:
        reader = csv.reader(rows)
        writer = csv.writer(out)
        writer.writerow(next(reader) + ["status"])
        pool = ThreadPoolExecutor(max_workers=32)
        try:
            for (name, word), pending in look_ahead(
                ((item, pool.submit(fetch_reply, item)) for item in reader), 64
            ):
                reply = pending.result()
                writer.writerow([name, word, reply.status_code])
        finally:
            pool.shutdown(cancel_futures=True)


with open("names.csv", "w", newline="") as names:
    csv.writer(names).writerows([["name", "word"], ["ant", "a"], ["bee", "b"]])
if __name__ == "__main__":
    check("names.csv", "checked.csv")
    print(open("checked.csv").read())
