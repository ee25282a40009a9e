import itertools
import requests
for key, group in itertools.groupby(["a1", "a2", "b1", "c1"], key=lambda s: s[0]):
    r = requests.get(f"http://h/{key}")
    print(r.url, list(group))
