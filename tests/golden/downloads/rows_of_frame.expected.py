from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import requests

songs = pd.DataFrame({"song": ["one", "two", "three", "four"]})


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


def fetch_page(item):
    index, row = item
    return requests.get("http://lyrics/" + row["song"])


pool = ThreadPoolExecutor(max_workers=32)
try:
    for (index, row), pending in look_ahead(
        ((item, pool.submit(fetch_page, item)) for item in songs.iterrows()), 64
    ):
        page = pending.result().text
        songs.at[index, "lyrics"] = page.strip()
        print(index, songs.at[index, "lyrics"])
finally:
    pool.shutdown(cancel_futures=True)
songs.to_csv("songs.csv")
