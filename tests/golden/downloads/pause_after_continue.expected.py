from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests, json, time
results = []
ids = [1, 2, 3, 4]


def look_ahead(calls, limit):
    """Yield each of `calls` in order, once it is done or `limit` of them are made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        done = all(pending is None or pending.done() for pending in ahead[0][1:])
        if done or len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_resp(id):
    return requests.get("https://api.example.org/item/%d" % id, timeout=10)


def submit_items(pool, items):
    """Yield each item with its pending call."""
    for id in items:
        pending = pool.submit(fetch_resp, id)
        time.sleep(1)
        yield id, pending


pool = ThreadPoolExecutor(max_workers=32)
try:
    for id, pending in look_ahead(submit_items(pool, ids), 64):
        try:
            resp = pending.result()
            resp.raise_for_status()
            data = resp.json()
            results.append({"id": id, "name": data["name"]})
        except requests.exceptions.RequestException as e:
            print(f"Error on {id}: {e}")
            continue
finally:
    pool.shutdown(cancel_futures=True)
with open("out.json", "w") as f:
    json.dump(results, f)
