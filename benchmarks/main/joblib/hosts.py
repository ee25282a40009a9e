import sys

import requests
from joblib import Parallel, delayed

BASE_URL = sys.argv[1] + "/wait/200/"
hosts = [f"host{n}{'gone' if n % 4 == 0 else ''}" for n in range(64)]


def fetch(host):
    try:
        return requests.get(BASE_URL + host, timeout=10), None
    except requests.RequestException as error:
        return None, error


codes = []
failed = 0
answers = Parallel(n_jobs=32, backend="threading")(delayed(fetch)(host) for host in hosts)
for host, (response, error) in zip(hosts, answers):
    try:
        if error is not None:
            raise error
        response.raise_for_status()
        codes.append((host, response.status_code))
    except requests.RequestException as problem:
        failed += 1
        print("failed:", host, type(problem).__name__)
print(failed, codes)
