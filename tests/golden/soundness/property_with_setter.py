"""A property that can be set, too, is computed from what the loop writes."""

import requests


class Cursor:
    def __init__(self):
        self._page = 0

    @property
    def page(self):
        return self._page

    @page.setter
    def page(self, value):
        self._page = value


cursor = Cursor()


def fetch(name):
    text = requests.get(f"http://pages.example/{name}").text
    return f"{cursor.page}: {text}"


for name in ["ant", "bee", "cat"]:
    line = fetch(name)
    cursor._page += len(line)
    print(line)
