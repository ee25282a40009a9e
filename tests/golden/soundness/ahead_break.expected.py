from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests
seen = set()


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def submit_items(pool, items, seen):
    """Yield each item with its pending call."""
    seen = seen.copy()
    for u in items:
        pending = None
        try:
            if u in seen:
                yield u, pending
                continue
            seen.add(u)
            pending = pool.submit(requests.get, "http://h/" + u, timeout=3)
        except Exception:
            pass  # the loop itself meets it
        yield u, pending


pool = ThreadPoolExecutor(max_workers=5)
try:
    for u, pending in look_ahead(
        submit_items(pool, ["a", "b", "a", "missing", "c"], seen), 10
    ):
        if u in seen: continue
        seen.add(u)
        r = pending.result()
        if not r.ok:
            break
        print(r.text)
finally:
    pool.shutdown(cancel_futures=True)
print(sorted(seen))
