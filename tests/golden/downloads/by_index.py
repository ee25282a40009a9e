"""Changes records that are reached by their index, or by their key."""

import requests


def fetch(name):
    return requests.get("http://h/" + name).text


def change_all(names):
    rows = [{"name": name, "text": name[:1]} for name in names]
    for number in range(len(rows)):
        rows[number]["text"] += fetch(rows[number]["name"] + rows[number]["text"])
    for number, row in enumerate(rows):
        print(number, row)
        rows[number]["text"] = fetch(row["text"][:6])
    table = {name: {"text": name} for name in names}
    for name in table:
        table[name]["text"] = fetch(table[name]["text"])
    print(rows, table)


def change_in_turn(names):
    rows = [{"text": name} for name in names]
    others = list(reversed(rows))
    # A row that another iteration changes, by another index.
    for number in range(len(rows)):
        rows[number]["text"] = fetch(others[number]["text"][:6])
    for number in range(-2, 2):
        rows[number]["text"] = fetch(rows[number]["text"][:6])
    same = [{"text": "a"}] * 3
    for number in range(3):
        same[number]["text"] = fetch(same[number]["text"][:6])
    print(rows, same)


change_all(["one", "two", "three"])
change_in_turn(["one", "two", "three"])
