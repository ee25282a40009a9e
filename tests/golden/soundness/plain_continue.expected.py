from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_item(u):
    if u.startswith("#"):
        return None
    return requests.get("http://h/" + u)


pool = ThreadPoolExecutor(max_workers=5)
try:
    calls = [pool.submit(fetch_item, u) for u in ["a", "#x", "b", "#y", "c"]]
    for u, pending in zip(["a", "#x", "b", "#y", "c"], calls):
        if u.startswith("#"):
            continue
        r = pending.result()
        if not r.ok:
            continue
        print(r.text)
finally:
    pool.shutdown(cancel_futures=True)
