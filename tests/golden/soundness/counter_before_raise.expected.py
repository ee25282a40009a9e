from concurrent.futures import ThreadPoolExecutor

import requests
n = 0
seen = set()
try:
    pool = ThreadPoolExecutor(max_workers=5)
    try:
        calls = [
            pool.submit(requests.get, "http://h/" + u)
            for u in ["a", "b", "fail", "c", "d"]
        ]
        for u, pending in zip(["a", "b", "fail", "c", "d"], calls):
            n += 1
            seen.add(u)
            r = pending.result()
            print(n, r.text)
    finally:
        pool.shutdown(cancel_futures=True)
except requests.RequestException:
    print("n", n)
finally:
    print(sorted(seen))
