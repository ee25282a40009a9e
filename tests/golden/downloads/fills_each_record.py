import json

import requests

USERS = '[{"login": "ann", "url": "ann.json"}, {"login": "bob", "url": "bob.json"}]'


def enrich(user):
    reply = requests.get("http://host/users/" + user["url"])
    user["url"] = reply.url
    user["size"] = len(reply.text)


# Each user is an object of its own: what is set of one is nobody else's.
users = json.loads(USERS)
for user in users:
    enrich(user)
print(json.dumps(users))

rows = []
for name in ["ant", "bee", "cat"]:
    row = {"name": name}
    row["page"] = f"{name}.html"
    rows.append(row)

for number, row in enumerate(sorted(rows, key=str), 1):
    row["page"] = requests.get("http://host/" + row["page"]).url
    print(number, row["page"])

sites = {"a": {"page": "a.html"}, "b": {"page": "b.html"}}
for name, site in sites.items():
    reply = requests.get("http://host/" + site["page"], params=site)
    site["page"] = reply.url
print(sites)
