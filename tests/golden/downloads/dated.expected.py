"""Pages whose addresses stand in notes of XML, each row with the year of its arrival."""

import csv
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from xml.etree import ElementTree

import requests

NOTES = [f"<note><link>http://archive.test/{n}</link></note>" for n in range(6)]


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def fetch_note(note):
    link = ElementTree.fromstring(note).find("link").text
    response = requests.get(link)
    return link, response


def main():
    with open("articles.csv", "w", newline="") as file:
        rows = csv.writer(file)
        pool = ThreadPoolExecutor(max_workers=32)
        try:
            for note, pending in look_ahead(
                ((note, pool.submit(fetch_note, note)) for note in NOTES), 64
            ):
                link, response = pending.result()
                if response.ok:
                    print("got", link)
                    rows.writerow([link, response.status_code, datetime.now().strftime("%Y")])
        finally:
            pool.shutdown(cancel_futures=True)


main()
