import requests
class R:
    def __init__(self): self.n = 0
    def __contains__(self, x):
        self.n += 1
        return self.n % 2
r = R()
for u in "abc":
    if u in r:
        print(requests.get("http://h/" + u).text, r.n)
