import requests
def len(x):
    global n
    n += 1
    return n
n = 0
for u in ["a", "b", "c"]:
    print(requests.get("http://h/" + u, params={"n": len(u)}).text)
