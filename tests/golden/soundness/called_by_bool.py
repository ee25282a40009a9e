import requests
class R:
    n = 0
    def __init__(self, u): self.u = u
    def __bool__(self):
        R.n += 1
        return R.n % 2 == 1
items = [R("a"), R("b"), R("c")]
for r in items:
    if r:
        print(requests.get("http://h/" + r.u, params={"n": R.n}).text)
