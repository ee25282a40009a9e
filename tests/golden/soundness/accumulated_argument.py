import requests
items = []
for u in ["a", "b", "c"]:
    items.append(u)
    print(requests.post("http://h/all", json=items).text)
