import requests
class L:
    n = 0
    def __enter__(self):
        L.n += 1
        return self
    def __exit__(self, *a):
        return True
for u in ["a", "fail", "c"]:
    with L():
        print(requests.get("http://h/" + u + str(L.n)).text)
print(L.n)
