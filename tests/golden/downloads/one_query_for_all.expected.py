from collections import deque
from concurrent.futures import ThreadPoolExecutor

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


def summaries(pages, size):
    query = {"sort": "date", "size": size, "page": 0}
    headers = dict(accept="application/json")
    counts = {}

    def submit_pages(pool, items, query, headers):
        """Yield each page with its pending call."""
        query = query.copy()
        headers = headers.copy()
        for page in items:
            pending = None
            try:
                query["page"] = page
                headers.update(referer=f"http://host/list/{page}")
                pending = pool.submit(
                    requests.get,
                    "http://host/list",
                    params=query.copy(),
                    headers=headers.copy(),
                )
            except Exception:
                pass  # the loop itself meets it
            yield page, pending

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for page, pending in look_ahead(submit_pages(pool, pages, query, headers), 64):
            query["page"] = page
            headers.update(referer=f"http://host/list/{page}")
            reply = pending.result()
            counts[page] = reply.status_code
    finally:
        pool.shutdown(cancel_futures=True)
    return counts


def fetch(query):
    return requests.get("http://host/find/" + "-".join(query["tags"]))


def find(words):
    query = {"tags": []}
    found = []

    def submit_words(pool, items, query):
        """Yield each word with its pending call."""
        query = query.copy()
        for word in items:
            query["tags"] = [word, word.upper()]
            pending = pool.submit(fetch, query.copy())
            yield word, pending

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for word, pending in look_ahead(submit_words(pool, words, query), 64):
            query["tags"] = [word, word.upper()]
            found.append(pending.result().status_code)
    finally:
        pool.shutdown(cancel_futures=True)
    return found, query


# Everyone who is asked keeps the one list: none of them may see another's.
asked = []


def ask(query):
    asked.append(query)
    return requests.get("http://host/find/" + query["word"])


def ask_all(words):
    query = {}
    for word in words:
        query["word"] = word
        print(ask(query).status_code)


query = ["q", ""]


def submit_calls(pool, items, query):
    """Yield each word with its pending call."""
    query = query.copy()
    for word in items:
        pending = None
        try:
            query[1] = word
            pending = pool.submit(requests.get, "http://host/find", params=query.copy())
        except Exception:
            pass  # the loop itself meets it
        yield word, pending


pool = ThreadPoolExecutor(max_workers=2)
try:
    for word, pending in look_ahead(submit_calls(pool, ["ant", "bee"], query), 4):
        query[1] = word
        print(pending.result().status_code)
finally:
    pool.shutdown(cancel_futures=True)
print(summaries([1, 2, 3], 10))
print(query, find(["ant", "bee"]))
ask_all(["ant", "bee"])
print(asked)
