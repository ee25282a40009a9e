"""Downloads pages 1 to 32 of a catalogue, and keeps a log of what came."""

import csv
import sys

import requests

BASE_URL = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000/catalogue/"


def download(count):
    with open("log.csv", "w", newline="") as log:
        writer = csv.writer(log)
        writer.writerow(["page", "url", "status", "bytes"])
        for page in range(1, count + 1):
            url = f"{BASE_URL}{page}"
            response = requests.get(url, timeout=30)
            # one file for each page
            with open(f"{page}.html", "w", encoding="utf-8") as file:
                file.write(response.text)
            writer.writerow([page, url, response.status_code, len(response.text)])
            print(f"page {page}: {response.status_code}")


if __name__ == "__main__":
    download(32)
