import requests
class Page:
    last = "x"
    def __init__(self, u):
        self.prev = type(self).last
        self.text = requests.get(u).text
        type(self).last = u
for i in range(4):
    p = Page(f"http://h/{i}")
    print(p.prev, p.text)
