import requests
for u in ["a", "#x", "b", "#y", "c"]:
    if u.startswith("#"):
        continue
    r = requests.get("http://h/" + u)
    if not r.ok:
        continue
    print(r.text)
