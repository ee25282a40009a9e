import requests
def g(xs):
    while xs: yield xs.pop()
xs = [0, 1, 2]
for i in g(xs):
    r = requests.get(f"http://h/{i}")
    print(len(xs))
    print(r.url)
