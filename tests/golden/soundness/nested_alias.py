import requests
conf = {"q": {"n": 0}}
q = conf["q"]
for u in "abc":
    q["n"] += 1
    print(requests.get("http://h/" + u, params=conf["q"]).text)
