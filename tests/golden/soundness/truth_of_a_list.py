import requests

# Whether the list is empty is asked in its turn: the first round fills it.
kept = []
for name in ["ant", "bee", "cat"]:
    if kept:
        print(name, requests.get("http://host/" + name).status_code)
    kept.append(name)
