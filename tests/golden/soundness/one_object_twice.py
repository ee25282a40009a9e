# Each of these loops comes to one object more than once, and looks at what it has set there.
import functools
import json

import requests


def fetch(row):
    return requests.get("http://host/" + row["page"]).url[-6:]


def run(pages):
    rows = [{"page": page} for page in pages]
    rows.append(rows[0])
    for row in rows:
        row["page"] = fetch(row)
        print(row["page"])


@functools.lru_cache(None)
def row_of(size):
    return {"page": str(size)}


def run_cached(pages):
    rows = [row_of(len(page)) for page in pages]
    for row in rows:
        row["page"] = fetch(row)
        print(row["page"])


def run_named(pages):
    rows = []
    for page in pages:
        row = {"page": page}
        for _ in range(2):
            rows.append(row)
    for row in rows:
        row["page"] = fetch(row)
        print(row["page"])


run(["a.html", "b.html"])
run_cached(["a.html", "b.html"])
run_named(["a.html", "b.html"])

users = json.loads('[{"page": "u.html"}, {"page": "v.html"}, {"page": "w.html"}]')
users[2] = users[0]
for user in users:
    user["page"] = fetch(user)
print(users)

pairs = [{"page": "p.html"}] * 2
for pair in pairs:
    pair["page"] = fetch(pair)
print(pairs)

# Each row is another one, but the one before is looked at, too.
before = None
for row in [{"page": "x.html"}, {"page": "y.html"}, {"page": "z.html"}]:
    if before:
        row["page"] += before["page"]
    row["page"] = fetch(row)
    before = row
print(before)
