import os
import requests
names = ["a", "b", "c", "d"]
rows = []
def download(url, dest, n):
    r = requests.get(url)
    with open(dest, "wb") as f:
        f.write(r.content)
    print(n)
for i in range(4):
    download(f"http://h/{i}", names.pop(), len(rows))
for i in range(4):
    download(f"http://h/{i}", f"{i}.bin", len(names))
