import requests
n = 0
for u in "abc":
    globals()["n"] += 1
    print(requests.get("http://h/" + u + str(n)).text)
