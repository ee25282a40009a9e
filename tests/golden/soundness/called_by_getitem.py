import requests
class R:
    def __init__(self): self.n = 0
    def __getitem__(self, x):
        self.n += 1
        return x + str(self.n)
r = R()
for u in "abc":
    print(requests.get("http://h/" + r[u]).text)
