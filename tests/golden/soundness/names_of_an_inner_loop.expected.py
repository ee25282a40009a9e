from concurrent.futures import ThreadPoolExecutor

import requests


def fetch(page):
    return requests.get("http://host/" + page).text


n = 0


def fetch_item(u):
    for c in ("x", "y"):
        t = fetch(u + c)
    bound = locals()
    return {name: bound[name] for name in ("c", "t") if name in bound}


pool = ThreadPoolExecutor(max_workers=3)
try:
    calls = [pool.submit(fetch_item, u) for u in ["a", "b", "c"]]
    for u, pending in zip(["a", "b", "c"], calls):
        bound = pending.result()
        c = bound["c"]
        if "t" in bound:
            t = bound["t"]
        n += 1
finally:
    pool.shutdown(cancel_futures=True)
