import requests
n = 0
seen = set()
try:
    for u in ["a", "b", "fail", "c", "d"]:
        n += 1
        seen.add(u)
        r = requests.get("http://h/" + u)
        print(n, r.text)
except requests.RequestException:
    print("n", n)
finally:
    print(sorted(seen))
