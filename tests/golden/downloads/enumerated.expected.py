from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

words = ["tea", "coffee", "milk", "tea"]


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


pool = ThreadPoolExecutor(max_workers=32)
try:
    for (index, word), pending in look_ahead(
        (
            (
                (index, word),
                pool.submit(
                    requests.get,
                    "http://words.example/",
                    params={"q": word, "n": index},
                ),
            )
            for index, word in enumerate(words, start=1)
        ),
        64,
    ):
        answer = pending.result()
        print(f"{index}. {word}: {len(answer.text)}")
finally:
    pool.shutdown(cancel_futures=True)
