"""Pages whose addresses stand in notes of XML, each row with the year of its arrival."""

import csv
from datetime import datetime
from xml.etree import ElementTree

import requests

NOTES = [f"<note><link>http://archive.test/{n}</link></note>" for n in range(6)]


def main():
    with open("articles.csv", "w", newline="") as file:
        rows = csv.writer(file)
        for note in NOTES:
            link = ElementTree.fromstring(note).find("link").text
            response = requests.get(link)
            if response.ok:
                print("got", link)
                rows.writerow([link, response.status_code, datetime.now().strftime("%Y")])


main()
