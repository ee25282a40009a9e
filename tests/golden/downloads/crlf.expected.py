from concurrent.futures import ThreadPoolExecutor

import requests

pool = ThreadPoolExecutor(max_workers=4)
try:
    calls = [
        pool.submit(requests.get, f"http://pages.example/{page}") for page in range(4)
    ]
    for page, pending in zip(range(4), calls):
        print(pending.result().text, end="")
finally:
    pool.shutdown(cancel_futures=True)
