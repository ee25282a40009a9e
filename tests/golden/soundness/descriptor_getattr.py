import requests
class Box:
    n = 0
    def __getattr__(self, name):
        Box.n += 1
        return f"{name}{Box.n}"
box = Box()
for i in range(4):
    print(i, requests.get(f"http://h/{i}" + box.path).text)
