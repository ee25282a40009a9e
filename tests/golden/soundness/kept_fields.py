import collections
import types
import requests
class Box:
    n = 0
box = Box()
Pair = collections.namedtuple("Pair", "first second")
pair = Pair(box, 1)._replace(second=2)
space = types.SimpleNamespace(box=box)
for i in range(4):
    r = requests.get(f"http://h/{i}/{box.n}")
    pair.first.n += 1
    print(r.url)
for i in range(4):
    r = requests.get(f"http://h/{i}/{space.box.n}")
    box.n += 1
    print(r.url)
