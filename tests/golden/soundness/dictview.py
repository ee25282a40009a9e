import requests
d = {"a": 1, "b": 2}
keys = d.keys()
for k in list(keys):
    r = requests.get(f"http://h/{k}", params={"n": len(keys)})
    d[k + "x"] = 1
    print(r.url)
