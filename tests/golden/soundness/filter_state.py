import requests
seen = set()
for x in filter(lambda v: v not in seen, [1, 2, 1, 3, 2]):
    r = requests.get(f"http://h/{x}")
    seen.add(x)
    print(r.url)
