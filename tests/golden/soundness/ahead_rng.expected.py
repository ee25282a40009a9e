import random, requests
from collections import deque
from concurrent.futures import ThreadPoolExecutor
rng = random.Random(5)


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def submit_items(pool, items, rng):
    """Yield each item with its pending call."""
    generator = type(rng)()
    generator.setstate(rng.getstate())
    rng = generator
    for u in items:
        pending = None
        try:
            agent = rng.randint(1, 1000)
            pending = pool.submit(requests.get, "http://h/" + u, params={"a": agent})
        except Exception:
            pass  # the loop itself meets it
        yield u, pending


try:
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        for u, pending in look_ahead(
            submit_items(pool, ["a", "b", "fail", "c"], rng), 8
        ):
            agent = rng.randint(1, 1000)
            r = pending.result()
            print(r.text, agent)
    finally:
        pool.shutdown(cancel_futures=True)
except requests.RequestException:
    print("x")
print(rng.random())
