from concurrent.futures import ThreadPoolExecutor

import requests
left = 3
pool = ThreadPoolExecutor(max_workers=6)
try:
    items = ["a", "fail1", "fail2", "b", "fail3", "c"]
    calls = [pool.submit(requests.get, "http://h/" + u) for u in items]
    for u, pending in zip(items, calls):
        try:
            print(pending.result().text)
        except requests.RequestException:
            left -= 1
            if left == 0:
                raise
finally:
    pool.shutdown(cancel_futures=True)
print(left)
