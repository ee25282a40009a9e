import requests
memo = {}
def get(u):
    if u not in memo:
        memo[u] = requests.get("http://h/" + u).text
        print("fetched", u)
    return memo[u]
for u in ["a", "b", "a", "b"]:
    print(get(u))
