import requests
seen = set()
for u in ["a", "b", "a", "c"]:
    if u in seen:
        continue
    r = requests.get("http://h/" + u)
    seen.add(u)
    if "b" in r.text:
        seen.add("c")
    print(r.text)
