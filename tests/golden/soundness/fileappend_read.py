import requests
for u in "abc":
    with open("log", "a") as f: f.write(u)
    n = len(open("log").read())
    print(requests.get("http://h/" + u + str(n)).text)
