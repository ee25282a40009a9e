import random, requests
random.seed(1)
for u in ["a", "b", "c"]:
    j = random.random()
    t = requests.get("http://h/" + u, params={"x": j}).text
    print(t, random.random())
