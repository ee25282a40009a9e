"""The file imports Braid already, one of its names by itself."""
import csv

import requests
from braid import ThreadPoolExecutor, cpu_count

print(cpu_count() > 0, ThreadPoolExecutor.__name__, csv.QUOTE_ALL)
pool = ThreadPoolExecutor(max_workers=8)
try:
    responses = [
        pool.submit(requests.get, f"http://example.org/{page}") for page in range(1, 9)
    ]
    for page, pending in zip(range(1, 9), responses):
        response = pending.result()
        print(page, response.status_code)
finally:
    pool.shutdown(cancel_futures=True)
