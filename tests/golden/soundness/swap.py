import requests
a, b = "x", "y"
for u in "abc":
    a, b = b, a
    print(requests.get("http://h/" + u + a).text)
