"""Replaces the elements of lists and dicts by what was fetched for them."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import requests

PAGES = ["start", "about", "contact"]


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


def fetch_item(item):
    key, name = item
    return fetch(name[:4])


def replace_all(pages, table):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for (number, page), pending in look_ahead(
            (
                ((number, page), pool.submit(fetch, page))
                for number, page in enumerate(pages)
            ),
            64,
        ):
            pages[number] = pending.result()
            print(number, page)
    finally:
        pool.shutdown(cancel_futures=True)

    def fetch_number(number):
        return fetch(pages[number][:5])

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for number, pending in look_ahead(
            (
                (number, pool.submit(fetch_number, number))
                for number in range(len(pages))
            ),
            64,
        ):
            pages[number] = pending.result()
    finally:
        pool.shutdown(cancel_futures=True)

    def fetch_key(key):
        return fetch(table[key])

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for key, pending in look_ahead(
            ((key, pool.submit(fetch_key, key)) for key in table), 64
        ):
            table[key] = pending.result()
    finally:
        pool.shutdown(cancel_futures=True)
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for (key, name), pending in look_ahead(
            ((item, pool.submit(fetch_item, item)) for item in table.items()), 64
        ):
            table[key] = pending.result() + key
    finally:
        pool.shutdown(cancel_futures=True)
    # Each needs what the one before has set, or the one behind it.
    for number in range(1, len(pages)):
        pages[number] = fetch(pages[number - 1][:6])
    for number in range(-2, 2):
        pages[number] = fetch(pages[number][:6])


table = {"a": "one", "b": "two"}
replace_all(PAGES, table)
print(PAGES, table)
