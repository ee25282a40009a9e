import requests
class C:
    def __init__(self): self.n = 0
    def step(self):
        self.n += 1
        return str(self.n)
c = C()
for u in "abc":
    print(requests.get("http://h/" + u + getattr(c, "step")()).text)
