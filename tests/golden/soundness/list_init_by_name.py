"""A list's own constructor, called by its name, keeps what it is given."""

import requests


class Row(list):
    def __init__(self, cells):
        list.__init__(self, cells)


def go(row):
    answer = requests.get(f"http://pages.example/{row[1]}?before={len(row[0])}")
    row[0].append(row[1])
    return answer.text


seen = []
for number in range(4):
    print(go(Row([seen, number])))
