import requests
def counted(f):
    f.n = 0
    def inner(u):
        f.n += 1
        return f(u + str(f.n))
    return inner
@counted
def get(u):
    return requests.get("http://h/" + u).text
for u in "abc":
    print(get(u))
