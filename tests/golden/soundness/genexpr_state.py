import requests
seen = set()
for x in (v for v in [1, 2, 1, 3, 2] if v not in seen):
    r = requests.get(f"http://h/{x}")
    seen.add(x)
    print(r.url)
