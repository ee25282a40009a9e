import csv

import requests

BASE_URL = "http://pages.example/"

with open("results.csv", "w", newline="") as results:
    writer = csv.writer(results)
    writer.writerow(["page", "url", "status"])
    for page in range(1, 13):
        # a page of the archive
        filename = f"{page}.html"
        url = f"{BASE_URL}{page}"
        response = requests.get(url)
        with open(filename, "w") as file:
            file.write(response.text)
        writer.writerow([page, url, response.status_code])
