import requests
_client = None
def client():
    global _client
    if _client is None:
        print("connecting")
        _client = requests.Session()
    return _client
for u in ["a", "b"]:
    print(client().get("http://h/" + u).text)
