import random, requests
rng = random.Random(5)
try:
    for u in ["a", "b", "fail", "c"]:
        agent = rng.randint(1, 1000)
        r = requests.get("http://h/" + u, params={"a": agent})
        print(r.text, agent)
except requests.RequestException:
    print("x")
print(rng.random())
