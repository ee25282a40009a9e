import requests
for i, u in enumerate("abc"):
    r = requests.get("http://h/" + u)
    size = len(r.text)
print(i, u, r.text, size)
