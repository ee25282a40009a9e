import random, requests
random.seed(4)
for u in ["a", "b", "c"]:
    print(requests.get("http://h/" + u, params={"r": random.randint(1, 100)}).text)
print(random.random())
