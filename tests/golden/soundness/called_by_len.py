import requests
class R:
    def __init__(self): self.n = 0
    def __len__(self):
        self.n += 1
        return self.n
r = R()
for u in "abc":
    print(requests.get("http://h/" + u, params={"n": len(r)}).text)
