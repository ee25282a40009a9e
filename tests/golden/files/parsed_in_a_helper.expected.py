import glob, json
from collections import deque
from concurrent.futures import ProcessPoolExecutor
stats = {}
def load(path):
    with open(path) as f:
        return json.load(f)


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


if __name__ == "__main__":
    pool = ProcessPoolExecutor()
    try:
        for path, pending in look_ahead(
            (
                (path, pool.submit(load, path))
                for path in sorted(glob.glob("logs/*.json"))
            ),
            256,
        ):
            data = pending.result()
            stats[data["user"]] = data["bytes"]
    finally:
        pool.shutdown(cancel_futures=True)
    print(stats)
