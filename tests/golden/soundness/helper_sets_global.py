import requests
k = 0
def f():
    global k
    k += 1
    return k
for i in range(6):
    x = f()
    r = requests.get(f"http://h/{i}/{x}")
    print(r.url)
print(f())
