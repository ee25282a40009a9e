"""Article pages whose links stand in a list, each row with the time of its arrival."""

import csv
from datetime import datetime

import requests
from bs4 import BeautifulSoup

BASE = "http://archive.test/"


def main():
    index = BeautifulSoup(requests.get(BASE).text, "html.parser")
    with open("articles.csv", "w", newline="") as file:
        rows = csv.writer(file)
        for heading in index.find_all("h3"):
            link = heading.find("a")["href"]
            response = requests.get(BASE + link)
            rows.writerow([link, response.status_code, datetime.now().strftime("%Y-%m-%d")])


main()
