import random, requests
random.seed(5)
try:
    for u in ["a", "b", "fail", "c"]:
        agent = random.choice(["x", "y", "z"])
        r = requests.get("http://h/" + u, params={"a": agent})
        print(r.text, agent)
except requests.RequestException:
    print("x")
print(random.random())
