"""The program's own decorator has the name of one of the standard library."""

import requests


def wraps(function):
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return f"{len(calls)}: {function(*arguments)}"

    return counted


@wraps
def fetch(name):
    return requests.get(f"http://pages.example/{name}").text


for name in ["ant", "bee", "cat"]:
    print(fetch(name))
