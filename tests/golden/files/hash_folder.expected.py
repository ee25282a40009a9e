import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from digest import digest

digests = {}


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def digest_name(name):
    return digest(os.path.join("data", name))


pool = ThreadPoolExecutor(max_workers=32)
try:
    for name, pending in look_ahead(
        ((name, pool.submit(digest_name, name)) for name in sorted(os.listdir("data"))),
        64,
    ):
        digests[name] = pending.result()
finally:
    pool.shutdown(cancel_futures=True)
for name, value in digests.items():
    print(name, value[:12])
print(len(digests), "files")
