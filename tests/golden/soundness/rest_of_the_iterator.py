import requests

it = iter(["a", "b", "c"])
try:
    for u in it:
        print(requests.get("http://host/" + u).text)
except Exception:
    pass
print(list(it))
