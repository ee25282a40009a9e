import csv

import requests

BASE_URL = "http://host/page/"

with open("out.csv", "w", newline="") as table:
    writer = csv.writer(table)
    for page in range(1, 9):
        filename = f"{page}.html"
        response = requests.get(f"{BASE_URL}{page}")
        with open(filename, "w") as file:
            file.write(response.text)
        writer.writerow([page, filename, response.status_code])
