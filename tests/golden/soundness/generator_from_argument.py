import requests
def g(xs):
    yield from xs
xs = [0, 1, 2]
for i in g(xs):
    r = requests.get(f"http://h/{i}")
    if len(xs) < 5: xs.append(7)
    print(r.url)
