import requests
class D(dict):
    def __missing__(self, k):
        self[k] = str(len(self))
        return self[k]
d = D()
for u in "abca":
    print(requests.get("http://h/" + d[u]).text)
