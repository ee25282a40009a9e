import requests
class C: n = 0
c = C()
for u in "abc":
    setattr(c, "n", c.n + 1)
    print(requests.get("http://h/" + u + str(c.n)).text)
