import requests
seen = []
def get(u):
    return requests.get("http://h/" + u, params={"n": len(seen)}).text
for u in ["a", "b", "c"]:
    seen.append(u)
    print(get(u))
