import requests
r = None
for u in ["a", "-", "b", "-", "c"]:
    if u != "-":
        r = requests.get("http://h/" + u)
    print(u, r.text)
