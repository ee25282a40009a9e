from concurrent.futures import ThreadPoolExecutor

import requests

pool = ThreadPoolExecutor(max_workers=8)
try:
    sizes = [
        len(pending.result().text)
        for pending in [
            pool.submit(requests.get, f"http://pages.example/{page}") for page in range(8)
        ]
    ]
finally:
    pool.shutdown(cancel_futures=True)
pool = ThreadPoolExecutor(max_workers=4)
try:
    codes = {
        page: pending.result().status_code
        for page, pending in [
            (page, pool.submit(requests.get, f"http://pages.example/{page}")) for page in range(4)
        ]
    }
finally:
    pool.shutdown(cancel_futures=True)
print(sizes, codes)
