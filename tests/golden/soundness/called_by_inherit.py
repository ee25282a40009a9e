import requests
class A:
    def get(self, u): return self.url(u)
class B(A):
    def __init__(self): self.n = 0
    def url(self, u):
        self.n += 1
        return requests.get("http://h/" + u + str(self.n)).text
b = B()
for u in "abc":
    print(b.get(u))
