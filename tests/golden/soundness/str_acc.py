import requests
s = ""
for u in "abc":
    s += u
    print(requests.get("http://h/" + s).text)
