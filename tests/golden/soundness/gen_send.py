import requests
def tokens():
    n = 0
    while True:
        n += 1
        yield str(n)
t = tokens()
for u in "abc":
    print(requests.get("http://h/" + u + next(t)).text)
