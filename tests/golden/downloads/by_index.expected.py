"""Changes records that are reached by their index, or by their key."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch(name):
    return requests.get("http://h/" + name).text


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


def fetch_item(row):
    return fetch(row["text"][:6])


def change_all(names):
    rows = [{"name": name, "text": name[:1]} for name in names]

    def fetch_number(number):
        return fetch(rows[number]["name"] + rows[number]["text"])

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for number, pending in look_ahead(
            (
                (number, pool.submit(fetch_number, number))
                for number in range(len(rows))
            ),
            64,
        ):
            rows[number]["text"] += pending.result()
    finally:
        pool.shutdown(cancel_futures=True)
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for (number, row), pending in look_ahead(
            (
                ((number, row), pool.submit(fetch_item, row))
                for number, row in enumerate(rows)
            ),
            64,
        ):
            print(number, row)
            rows[number]["text"] = pending.result()
    finally:
        pool.shutdown(cancel_futures=True)
    table = {name: {"text": name} for name in names}

    def fetch_name(name):
        return fetch(table[name]["text"])

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(fetch_name, name)) for name in table), 64
        ):
            table[name]["text"] = pending.result()
    finally:
        pool.shutdown(cancel_futures=True)
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
