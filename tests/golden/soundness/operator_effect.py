import requests
class Path:
    n = 0
    def __add__(self, other):
        Path.n += 1
        return f"http://h/{other}{Path.n}"
base = Path()
for i in range(4):
    print(requests.get(base + str(i)).text)
