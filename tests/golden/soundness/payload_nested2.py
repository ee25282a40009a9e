import requests
payload = {"q": {"page": 0}}
for i in range(4):
    payload["q"]["page"] = i
    r = requests.get(f"http://h/{i}", json=payload)
    print(r.text, payload)
