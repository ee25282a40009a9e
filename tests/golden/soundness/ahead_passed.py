import requests
seen = []
for u in ["a", "b", "c"]:
    seen.append(u)
    print(requests.post("http://h/" + u, json=seen).text)
