import requests
a = [[0], [1], [2]]
b = dict(zip("xyz", a))
for k in "xyz":
    r = requests.get(f"http://h/{k}", params={"n": b[k][0]})
    a[1][0] += 10
    print(r.url)
