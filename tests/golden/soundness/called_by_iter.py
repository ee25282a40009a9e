import requests
class R:
    def __init__(self): self.n = 0
    def __iter__(self):
        self.n += 1
        return iter(["a", "b", str(self.n)])
r = R()
for u in "abc":
    print(requests.get("http://h/" + u + "".join(r)).text)
