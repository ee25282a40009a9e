import requests
total = 0
def add(u):
    global total
    r = requests.get("http://h/" + u)
    total += len(r.text)
    return r.status_code
for u in "abc":
    print(add(u), total)
