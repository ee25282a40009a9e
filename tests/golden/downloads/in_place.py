"""Replaces the elements of lists and dicts by what was fetched for them."""

import requests

PAGES = ["start", "about", "contact"]


def fetch(name):
    return requests.get("http://h/" + name).text


def replace_all(pages, table):
    for number, page in enumerate(pages):
        pages[number] = fetch(page)
        print(number, page)
    for number in range(len(pages)):
        pages[number] = fetch(pages[number][:5])
    for key in table:
        table[key] = fetch(table[key])
    for key, name in table.items():
        table[key] = fetch(name[:4]) + key
    # Each needs what the one before has set, or the one behind it.
    for number in range(1, len(pages)):
        pages[number] = fetch(pages[number - 1][:6])
    for number in range(-2, 2):
        pages[number] = fetch(pages[number][:6])


table = {"a": "one", "b": "two"}
replace_all(PAGES, table)
print(PAGES, table)
