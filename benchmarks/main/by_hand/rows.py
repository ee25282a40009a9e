import csv
import sys
from concurrent.futures import ThreadPoolExecutor

import requests

BASE_URL = sys.argv[1] + "/wait/800/"


def fetch(page):
    return requests.get(f"{BASE_URL}{page}")


def download():
    with open("pages.csv", "w", newline="") as table, ThreadPoolExecutor(max_workers=32) as pool:
        writer = csv.writer(table)
        writer.writerow(["page", "url", "status"])
        for page, response in zip(range(1, 33), pool.map(fetch, range(1, 33))):
            with open(f"{page}.html", "w") as file:
                file.write(response.text)
            writer.writerow([page, f"{BASE_URL}{page}", response.status_code])


download()
