import requests
class C:
    def __init__(self): self.n = 0
    def fetch(self, u):
        self.n += 1
        return requests.get(u, params={"n": self.n}).url
f = C().fetch
for i in range(4):
    print(f(f"http://h/{i}"))
