import requests
class Next:
    def __init__(self): self.n = 0
    def __call__(self):
        self.n += 1
        return str(self.n)
nxt = Next()
for u in "abc":
    print(requests.get("http://h/" + u + nxt()).text)
