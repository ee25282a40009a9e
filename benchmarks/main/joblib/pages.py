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
    for page, response in zip(range(1, 33), responses):
        with open(f"{page}.html", "w") as file:
            file.write(response.text)


download()
