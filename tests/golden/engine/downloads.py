#!/usr/bin/env python3
# Imports of libraries stand in a block of their own.
import csv
import sys

BASE_URL = "http://example.org/"


def main():
    import requests

    with open("pages.csv", "w", newline="") as file:
        writer = csv.writer(file)
        for page in range(1, 90):
            response = requests.get(f"{BASE_URL}{page}")
            writer.writerow([page, response.status_code, len(response.text)])
            if page == 80:
                print("nearly there", file=sys.stderr)


main()
