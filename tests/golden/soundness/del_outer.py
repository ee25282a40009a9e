import requests
token = "t"
for u in ["a", "b"]:
    print(requests.get("http://h/" + u).text)
    if u == "b":
        del token
try:
    token
except NameError as e:
    print(e)
