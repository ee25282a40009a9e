import requests
def find():
    for u in ["missing1", "missing2", "a", "b"]:
        r = requests.get("http://h/" + u)
        if r.ok:
            return u
print(find())
