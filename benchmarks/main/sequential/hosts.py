import sys

import requests

BASE_URL = sys.argv[1] + "/wait/200/"
hosts = [f"host{n}{'gone' if n % 4 == 0 else ''}" for n in range(64)]
codes = []
failed = 0
for host in hosts:
    try:
        response = requests.get(BASE_URL + host, timeout=10)
        response.raise_for_status()
        codes.append((host, response.status_code))
    except requests.RequestException as error:
        failed += 1
        print("failed:", host, type(error).__name__)
print(failed, codes)
