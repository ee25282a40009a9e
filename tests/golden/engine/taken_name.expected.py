"""The file means something else by the name."""
from concurrent.futures import ThreadPoolExecutor

import requests

braid = ["left", "middle", "right"]

pool = ThreadPoolExecutor(max_workers=8)
try:
    responses = [
        pool.submit(requests.get, f"http://example.org/{page}") for page in range(1, 9)
    ]
    for page, pending in zip(range(1, 9), responses):
        response = pending.result()
        print(page, response.status_code, braid[page % 3])
finally:
    pool.shutdown(cancel_futures=True)
