import requests

def mk():
    k = 0
    def f():
        nonlocal k
        k += 1
        return k
    return f
f = mk()
for i in range(6):
    x = f()
    r = requests.get(f"http://h/{i}/{x}")
    print(r.url)
print(f())
