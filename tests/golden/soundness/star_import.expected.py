from concurrent.futures import ThreadPoolExecutor
from os.path import *
import requests


def fetch_item(u):
    return requests.get("http://h/" + basename(u))


pool = ThreadPoolExecutor(max_workers=2)
try:
    calls = [pool.submit(fetch_item, u) for u in ["a/b", "c/d"]]
    for u, pending in zip(["a/b", "c/d"], calls):
        print(pending.result().text)
finally:
    pool.shutdown(cancel_futures=True)
