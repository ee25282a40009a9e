import requests

ITEMS = ["a", "b", "c"]
BASE = "http://host/"

def store(page):
    rows.append(requests.get(BASE + page).text)


def filled(values):
    values[0] = requests.get(BASE + values[1]).text
    return values


rows = []


def run(ITEMS):
    t = "start"
    for u in ITEMS:
        rows.sort()
        store(u)
        try:
            t = filled([u, u])[0]
            store(u)
        except Exception as e:
            print(type(e).__name__, u)
    pass


if __name__ == "__main__":
    run(ITEMS)
