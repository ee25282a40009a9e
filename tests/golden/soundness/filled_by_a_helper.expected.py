"""A helper fills the row that it is given: the row that is kept is the one that it filled."""

from concurrent.futures import ThreadPoolExecutor

import requests


def fill(row):
    row["text"] = requests.get("http://archive.test/" + row["name"]).text
    return len(row["text"])


def fill_name(name):
    row = {"name": name}
    length = fill(row)
    return row, length


def main():
    rows = []
    total = 0
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        lengths = [pool.submit(fill_name, name) for name in ["a", "b", "a", "c"]]
        for name, pending in zip(["a", "b", "a", "c"], lengths):
            row, length = pending.result()
            total += length
            rows.append(row)
    finally:
        pool.shutdown(cancel_futures=True)
    print(rows, total)


main()
