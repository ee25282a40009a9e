"""Adds a column to a table: what the server says of each row's page."""

import csv
import pathlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    try:
        for call in calls:
            ahead.append(call)
            if len(ahead) > limit:
                yield ahead.popleft()
    except (Exception, SystemExit):
        while ahead:  # what came before the exception comes first
            yield ahead.popleft()
        raise
    while ahead:
        yield ahead.popleft()


def fetch_row(row):
    return requests.get("http://host/" + row["page"])


def add_sizes(source, target):
    with open(source, newline="") as infile:
        reader = csv.DictReader(infile)
        columns = reader.fieldnames + ["size"]
        with open(target, "w", newline="") as outfile:
            writer = csv.DictWriter(outfile, fieldnames=columns)
            writer.writeheader()
            pool = ThreadPoolExecutor(max_workers=32)
            try:
                for row, pending in look_ahead(
                    ((row, pool.submit(fetch_row, row)) for row in reader), 64
                ):
                    answer = pending.result()
                    row["size"] = len(answer.text)
                    writer.writerow(row)
            finally:
                pool.shutdown(cancel_futures=True)


pathlib.Path("pages.csv").write_text("page,title\na.html,A\nb.html,B\nc.html,C\n")
add_sizes("pages.csv", "sizes.csv")
print(pathlib.Path("sizes.csv").read_text())
