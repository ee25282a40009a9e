from concurrent.futures import ThreadPoolExecutor

import requests
rows = [("a", 1), ("b", 2)]
def find(k):
    return next(v for n, v in rows if n == k)
def get(k):
    text = requests.get("http://h/" + k).text
    return text, find(k)
try:
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        calls = [pool.submit(get, k) for k in ["a", "b", "zz", "a"]]
        for k, pending in zip(["a", "b", "zz", "a"], calls):
            print(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)
except StopIteration:
    print("stop")
