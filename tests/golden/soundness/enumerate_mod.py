import requests
xs = ["a", "b", "c"]
for i, x in enumerate(xs):
    r = requests.get("http://h/" + x)
    xs[i] = r.text[:4]
print(xs)
