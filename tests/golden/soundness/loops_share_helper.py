import requests

BASE = "http://host/"
rows = []

def store(page):
    rows.append(requests.get(BASE + page).text)
    rows.append(requests.get(BASE + page + "2").text)

def one(items):
    for u in items:
        store(u)

def two(items):
    for u in items:
        store(u)
        store(u + 'z')

one(["a", "b"])
two(["a", "b"])
