import requests


def summaries(pages, size):
    query = {"sort": "date", "size": size, "page": 0}
    headers = dict(accept="application/json")
    counts = {}
    for page in pages:
        query["page"] = page
        headers.update(referer=f"http://host/list/{page}")
        reply = requests.get("http://host/list", params=query, headers=headers)
        counts[page] = reply.status_code
    return counts


def fetch(query):
    return requests.get("http://host/find/" + "-".join(query["tags"]))


def find(words):
    query = {"tags": []}
    found = []
    for word in words:
        query["tags"] = [word, word.upper()]
        found.append(fetch(query).status_code)
    return found, query


# Everyone who is asked keeps the one list: none of them may see another's.
asked = []


def ask(query):
    asked.append(query)
    return requests.get("http://host/find/" + query["word"])


def ask_all(words):
    query = {}
    for word in words:
        query["word"] = word
        print(ask(query).status_code)


query = ["q", ""]
for word in ["ant", "bee"]:
    query[1] = word
    print(requests.get("http://host/find", params=query).status_code)
print(summaries([1, 2, 3], 10))
print(query, find(["ant", "bee"]))
ask_all(["ant", "bee"])
print(asked)
