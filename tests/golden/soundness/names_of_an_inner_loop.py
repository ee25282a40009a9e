import requests


def fetch(page):
    return requests.get("http://host/" + page).text


n = 0
for u in ["a", "b", "c"]:
    for c in ("x", "y"):
        t = fetch(u + c)
    n += 1
