import requests
from collections import defaultdict
d = defaultdict(lambda: str(len(d)))
for u in "abca":
    print(requests.get("http://h/" + d[u]).text)
