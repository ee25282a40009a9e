import csv
import sys

import requests
from joblib import Parallel, delayed

BASE_URL = sys.argv[1] + "/wait/800/"


def fetch(page):
    return requests.get(f"{BASE_URL}{page}")


def download():
    responses = Parallel(n_jobs=32, backend="threading")(
        delayed(fetch)(page) for page in range(1, 33)
    )
    with open("pages.csv", "w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["page", "url", "status"])
        for page, response in zip(range(1, 33), responses):
            with open(f"{page}.html", "w") as file:
                file.write(response.text)
            writer.writerow([page, f"{BASE_URL}{page}", response.status_code])


download()
