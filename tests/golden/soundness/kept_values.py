import collections
import contextlib
import queue
import requests
box = [0]
error = ValueError(box)
default = collections.defaultdict(lambda: box)
line = queue.Queue()
line.put(box)
with contextlib.nullcontext(box) as entered:
    pass
keys = dict.fromkeys("ab", box)
for i in range(4):
    r = requests.get(f"http://h/{i}/{error.args[0][0]}")
    box[0] += 1
    print(r.url)
for i in range(4):
    r = requests.get(f"http://h/{i}/{box[0]}")
    default["k"][0] += 1
    print(r.url)
for i in range(4):
    r = requests.get(f"http://h/{i}/{line.queue[0][0]}")
    entered[0] += 1
    print(r.url)
for i in range(4):
    r = requests.get(f"http://h/{i}/{box[0]}")
    keys["b"][0] += 1
    print(r.url)
