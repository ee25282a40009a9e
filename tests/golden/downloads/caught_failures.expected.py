from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

urls = [f"http://host{n}.example/{'fail' if n % 3 == 0 else 'ok'}" for n in range(10)]
codes = {}
failures = 0


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


pool = ThreadPoolExecutor(max_workers=32)
try:
    for url, pending in look_ahead(
        ((url, pool.submit(requests.get, url, timeout=5)) for url in urls), 64
    ):
        try:
            answer = pending.result()
            answer.raise_for_status()
        except requests.RequestException as error:
            failures += 1
            print("failed:", url, error)
            continue
        codes[url] = answer.status_code
finally:
    pool.shutdown(cancel_futures=True)
print(codes, failures)
