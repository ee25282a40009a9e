import requests
seen = set()
n = 0
try:
    for u in ["a", "b", "a", "fail", "c", "a"]:
        if u in seen:
            continue
        seen.add(u)
        n += 1
        r = requests.get("http://h/" + u)
        print(n, r.text)
except requests.RequestException as e:
    print(e, sorted(seen), n)
print(sorted(seen), n)
