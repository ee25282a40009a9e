from concurrent.futures import ThreadPoolExecutor

import requests

found = []
pool = ThreadPoolExecutor(max_workers=10)
try:
    calls = [
        pool.submit(requests.get, f"http://pages.example/{page}") for page in range(10)
    ]
    for page, pending in zip(range(10), calls):
        if pending.result().ok:
            found.append(page)
        else:
            print("no page", page)
finally:
    pool.shutdown(cancel_futures=True)
print(found)
