import itertools
import requests
n = 0
def f(a, b):
    return a + b + n
for x in itertools.starmap(f, [(1, 2), (3, 4), (5, 6)]):
    r = requests.get(f"http://h/{x}")
    n += 1
    print(r.url)
