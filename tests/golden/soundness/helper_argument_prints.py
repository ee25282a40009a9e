import os
import requests
def label(i):
    print("label", i)
    return f"f{i}.bin"
def download(url, dest):
    if os.path.exists(dest):
        return False
    r = requests.get(url)
    with open(dest, "wb") as f:
        f.write(r.content)
    return True
for i in range(4):
    print(download(f"http://h/{i}", label(i)))
