import requests
class P:
    def __init__(self, v): self.v = v
def g(ps):
    for p in ps: yield p.v
xs = [P(0), P(1), P(2)]
for i in g(xs):
    r = requests.get(f"http://h/{i}")
    xs[2].v = 9
    print(r.url)
