import requests
q = ["a", "b", "c"]
for i in range(3):
    u = q.pop(0)
    print(requests.get("http://h/" + u).text)
