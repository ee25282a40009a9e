import random, requests
random.seed(1)
xs = [1, 2, 3, 4]
for u in ["a", "b", "c"]:
    random.shuffle(xs)
    print(requests.get("http://h/" + u, params={"x": xs[0]}).text, xs)
