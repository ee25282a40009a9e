import hashlib, os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
def md5sum(path):
    h = hashlib.md5()
    with open(path, "rb") as f:
        for chunk in iter(lambda: f.read(65536), b""):
            h.update(chunk)
    return h.hexdigest()
dups = {}


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def md5sum_name(name):
    p = os.path.join(root, name)
    return md5sum(p)


for root, dirs, files in sorted(os.walk("data")):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(md5sum_name, name)) for name in sorted(files)), 64
        ):
            p = os.path.join(root, name)
            d = pending.result()
            dups.setdefault(d, []).append(p)
    finally:
        pool.shutdown(cancel_futures=True)
for d, paths in dups.items():
    if len(paths) > 1:
        print(d, paths)
