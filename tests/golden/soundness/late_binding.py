import requests
fs = []
for u in ["a", "b", "c"]:
    fs.append(lambda: requests.get("http://h/" + u).text)
print([f() for f in fs])
