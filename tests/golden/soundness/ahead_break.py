import requests
seen = set()
for u in ["a", "b", "a", "missing", "c"]:
    if u in seen: continue
    seen.add(u)
    r = requests.get("http://h/" + u, timeout=3)
    if not r.ok:
        break
    print(r.text)
print(sorted(seen))
