import requests
def make():
    count = 0
    def get(u):
        nonlocal count
        count += 1
        return requests.get("http://h/" + u, params={"n": count}).text
    return get
get = make()
for u in ["a", "b", "c"]:
    print(get(u))
