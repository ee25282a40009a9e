import requests
def tokens():
    n = 0
    while True:
        n += 1
        print("draw", n)
        yield str(n)
for u, t in zip("abc", tokens()):
    print(requests.get("http://h/" + u + t).text)
