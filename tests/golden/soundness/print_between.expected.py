from concurrent.futures import ThreadPoolExecutor

import requests


def fetch_item(u):
    return requests.get(u.replace("fail", ""))


pool = ThreadPoolExecutor(max_workers=3)
try:
    items = ["http://h/a", "http://h/b", "http://h/cfail"]
    calls = [pool.submit(fetch_item, u) for u in items]
    for u, pending in zip(items, calls):
        x = pending.result().json()
        print("got", u)
        y = requests.get(x["url"] + ("fail" if "fail" in u else ""))
        print(y.text)
finally:
    pool.shutdown(cancel_futures=True)
