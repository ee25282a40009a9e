import random, requests
random.seed(1)
def get(u):
    return requests.get("http://h/" + u, params={"x": random.random()}).text
for u in ["a", "b", "c"]:
    print(get(u))
