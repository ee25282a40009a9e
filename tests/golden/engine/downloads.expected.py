#!/usr/bin/env python3
# Imports of libraries stand in a block of their own.
import csv
import sys

import braid

BASE_URL = "http://example.org/"


def main():
    import requests

    with open("pages.csv", "w", newline="") as file:
        writer = csv.writer(file)
        pool = braid.ThreadPoolExecutor(max_workers=32)
        try:
            responses = [
                pool.submit(requests.get, f"{BASE_URL}{page}") for page in range(1, 90)
            ]
            for page, pending in zip(range(1, 90), responses):
                response = pending.result()
                writer.writerow([page, response.status_code, len(response.text)])
                if page == 80:
                    print("nearly there", file=sys.stderr)
        finally:
            pool.shutdown(cancel_futures=True)


main()
