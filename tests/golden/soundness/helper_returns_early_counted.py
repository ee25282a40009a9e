import requests

BASE = "http://host/"
seen = []


def load(name):
    if len(seen) > 2:
        return None
    seen.append(name)
    if name == "c":
        return "skipped"
    text = requests.get(BASE + name).text
    print(name, len(seen))
    return text


for name in ["a", "b", "c", "d", "e"]:
    print(load(name))
print(seen)
