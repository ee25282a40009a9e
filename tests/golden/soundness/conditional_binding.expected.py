from concurrent.futures import ThreadPoolExecutor

import requests
r = None


def fetch_item(u):
    if u != "-":
        return requests.get("http://h/" + u)


pool = ThreadPoolExecutor(max_workers=5)
try:
    calls = [pool.submit(fetch_item, u) for u in ["a", "-", "b", "-", "c"]]
    for u, pending in zip(["a", "-", "b", "-", "c"], calls):
        if u != "-":
            r = pending.result()
        print(u, r.text)
finally:
    pool.shutdown(cancel_futures=True)
