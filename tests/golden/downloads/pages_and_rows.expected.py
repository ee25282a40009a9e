import csv
from concurrent.futures import ThreadPoolExecutor

import requests

BASE_URL = "http://pages.example/"

with open("results.csv", "w", newline="") as results:
    writer = csv.writer(results)
    writer.writerow(["page", "url", "status"])
    pool = ThreadPoolExecutor(max_workers=12)
    try:
        responses = [
            pool.submit(requests.get, f"{BASE_URL}{page}") for page in range(1, 13)
        ]
        for page, pending in zip(range(1, 13), responses):
            # a page of the archive
            filename = f"{page}.html"
            url = f"{BASE_URL}{page}"
            response = pending.result()
            with open(filename, "w") as file:
                file.write(response.text)
            writer.writerow([page, url, response.status_code])
    finally:
        pool.shutdown(cancel_futures=True)
