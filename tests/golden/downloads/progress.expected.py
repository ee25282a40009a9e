import sys
from concurrent.futures import ThreadPoolExecutor

import requests


def show_progress(calls, total=None):
    """Yield each of `calls` and count on stderr how many are done."""
    of_total = f" of {total}" if total else ""
    done = 0
    try:
        for call in calls:
            yield call
            done += 1
            if sys.stderr:
                print(f"\r{done}{of_total}", end="", file=sys.stderr, flush=True)
    finally:
        if done and sys.stderr:
            print(file=sys.stderr)


pool = ThreadPoolExecutor(max_workers=8)
try:
    calls = [
        pool.submit(requests.get, f"http://pages.example/{page}") for page in range(8)
    ]
    for page, pending in show_progress(zip(range(8), calls), len(calls)):
        print(page, pending.result().status_code)
finally:
    pool.shutdown(cancel_futures=True)
