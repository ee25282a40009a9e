import requests
def get(u, seen=[]):
    seen.append(u)
    return requests.get("http://h/" + u, params={"n": len(seen)}).text
for u in ["a", "b", "c"]:
    print(get(u))
