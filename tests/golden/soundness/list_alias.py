import requests
a = []
b = a
for u in "abc":
    b.append(u)
    print(requests.get("http://h/" + "".join(a)).text)
