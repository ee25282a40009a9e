import requests
q = ["a", "b", "c", None, "d"]
q.reverse()
for u in iter(q.pop, None):
    r = requests.get("http://h/" + u)
    print(r.url, len(q))
print(q)
