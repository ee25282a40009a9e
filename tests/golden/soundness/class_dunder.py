import requests
class Page:
    def __init__(self, u):
        self.text = requests.get(u).text
        self.__class__.n = getattr(self.__class__, "n", 0) + 1
for i in range(4):
    p = Page(f"http://h/{i}")
    print(p.n, p.text)
