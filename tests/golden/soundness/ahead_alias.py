import requests
seen = set()
other = seen
for u in ["a", "b", "a", "c"]:
    if u in other:
        continue
    seen.add(u)
    print(requests.get("http://h/" + u).text)
