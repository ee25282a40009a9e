import requests
class R:
    def __init__(self): self.n = 0
    def __str__(self):
        self.n += 1
        return str(self.n)
r = R()
for u in "abc":
    print(requests.get("http://h/" + u + str(r)).text)
