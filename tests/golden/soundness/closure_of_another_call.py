import requests

ITEMS = ["a", "b", "c"]


def make(u, call):
    n = 0

    def bump():
        nonlocal n
        n += 1
        return n

    return requests.get("http://host/" + u + str(call())).text, bump


text, start = make("x", lambda: 0)


def deep(u):
    return make(u, start)[0]


def deeper(u):
    return deep(u)


for u in ITEMS:
    print(deeper(u))
