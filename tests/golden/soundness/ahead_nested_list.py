import requests
groups = {"a": [], "b": []}
for u in ["a", "b", "a", "a"]:
    groups[u].append(u)
    r = requests.get("http://h/" + u, params={"n": len(groups[u])})
    print(r.text, groups)
