import requests, sys
def get(u):
    r = requests.get("http://h/" + u)
    if not r.ok:
        sys.exit(3)
    return r.text
for u in ["a", "missing", "b"]:
    print(get(u))
