import requests


def fetch(name):
    print("fetching", name)
    return requests.get(f"http://host/{name}", timeout=5).text


def size(name, seen):
    if name in seen:
        return 0
    seen.append(name)
    return len(fetch(name))


def total(names):
    texts = []
    for name in names:
        texts.append(fetch(name))
    return sum(map(len, texts))


print(total(["ant", "bee", "cat"]))
print([size(name, []) for name in ["ant", "bee"]])
