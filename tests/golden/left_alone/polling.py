import requests

for _ in range(5):
    print(requests.get("http://api.example/status").json()["length"])
