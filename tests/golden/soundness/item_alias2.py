import requests
x = {"u": "a", "seen": 0}
items = [x, x, {"u": "b", "seen": 0}]
for it in items:
    print(requests.get("http://h/" + it["u"], params={"seen": it["seen"]}).text)
    it["seen"] += 1
