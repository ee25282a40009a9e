import requests
class Box:
    def __init__(self):
        self.n = 0
    @property
    def url(self):
        self.n += 1
        return f"http://h/{self.n}"
box = Box()
for i in range(4):
    print(i, requests.get(box.url + f"-{i}").text)
