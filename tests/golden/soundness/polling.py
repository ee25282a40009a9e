import requests
for _ in range(4):
    print(requests.get("http://h/status").json()["length"])
