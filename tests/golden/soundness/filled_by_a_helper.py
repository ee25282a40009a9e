"""A helper fills the row that it is given: the row that is kept is the one that it filled."""

import requests


def fill(row):
    row["text"] = requests.get("http://archive.test/" + row["name"]).text
    return len(row["text"])


def main():
    rows = []
    total = 0
    for name in ["a", "b", "a", "c"]:
        row = {"name": name}
        length = fill(row)
        total += length
        rows.append(row)
    print(rows, total)


main()
