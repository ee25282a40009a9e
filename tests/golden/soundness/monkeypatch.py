import requests
real = requests.get
calls = []
def fake(u, **k):
    calls.append(u)
    return real(u + str(len(calls)), **k)
requests.get = fake
for u in ["a", "b", "c"]:
    print(requests.get("http://h/" + u).text)
