import json
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

USERS = '[{"login": "ann", "url": "ann.json"}, {"login": "bob", "url": "bob.json"}]'


def enrich(user, *, pending=None):
    reply = (
        pending.result()
        if pending
        else requests.get("http://host/users/" + user["url"])
    )
    user["url"] = reply.url
    user["size"] = len(reply.text)


# Each user is an object of its own: what is set of one is nobody else's.
users = json.loads(USERS)


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


def fetch_user(user):
    return requests.get("http://host/users/" + user["url"])


pool = ThreadPoolExecutor(max_workers=32)
try:
    for user, pending in look_ahead(
        ((user, pool.submit(fetch_user, user)) for user in users), 64
    ):
        enrich(user, pending=pending)
finally:
    pool.shutdown(cancel_futures=True)
print(json.dumps(users))

rows = []
for name in ["ant", "bee", "cat"]:
    row = {"name": name}
    row["page"] = f"{name}.html"
    rows.append(row)


def fetch_item(row):
    return requests.get("http://host/" + row["page"])


pool = ThreadPoolExecutor(max_workers=32)
try:
    for (number, row), pending in look_ahead(
        (
            ((number, row), pool.submit(fetch_item, row))
            for number, row in enumerate(sorted(rows, key=str), 1)
        ),
        64,
    ):
        row["page"] = pending.result().url
        print(number, row["page"])
finally:
    pool.shutdown(cancel_futures=True)

sites = {"a": {"page": "a.html"}, "b": {"page": "b.html"}}


def fetch_reply(item):
    name, site = item
    return requests.get("http://host/" + site["page"], params=site)


pool = ThreadPoolExecutor(max_workers=32)
try:
    for (name, site), pending in look_ahead(
        ((item, pool.submit(fetch_reply, item)) for item in sites.items()), 64
    ):
        reply = pending.result()
        site["page"] = reply.url
finally:
    pool.shutdown(cancel_futures=True)
print(sites)
