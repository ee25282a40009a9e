import io, contextlib, requests
from collections import deque
from concurrent.futures import ThreadPoolExecutor
buf = io.StringIO()


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_item(u):
    return requests.get("http://h/" + u)


with contextlib.redirect_stdout(buf):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for u, pending in look_ahead(
            ((u, pool.submit(fetch_item, u)) for u in "abc"), 64
        ):
            print(pending.result().text)
    finally:
        pool.shutdown(cancel_futures=True)
print(len(buf.getvalue()))
