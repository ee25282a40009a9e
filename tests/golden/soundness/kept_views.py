import collections
import weakref
import requests
first = {}
chain = collections.ChainMap(first)
own = collections.UserDict(n=0)
class Box:
    n = 0
box = Box()
seen = weakref.proxy(box)
for i in range(4):
    r = requests.get(f"http://h/{i}/{first.get('n', [0])[0]}")
    chain["n"] = [i]
    print(r.url)
for i in range(4):
    r = requests.get(f"http://h/{i}/{own['n']}")
    own.data["n"] = i
    print(r.url)
for i in range(4):
    r = requests.get(f"http://h/{i}/{box.n}")
    seen.n += 1
    print(r.url)
