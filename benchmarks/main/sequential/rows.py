import csv
import sys

import requests

BASE_URL = sys.argv[1] + "/wait/800/"


def download():
    with open("pages.csv", "w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["page", "url", "status"])
        for page in range(1, 33):
            url = f"{BASE_URL}{page}"
            response = requests.get(url)
            with open(f"{page}.html", "w") as file:
                file.write(response.text)
            writer.writerow([page, url, response.status_code])


download()
