import requests
counts = {}
for u in ["a", "b", "a", "c", "a"]:
    counts[u] = counts.get(u, 0) + 1
    r = requests.get("http://h/" + u, params={"n": counts[u]})
    print(r.text, counts)
