import os
import requests

for i, url in enumerate(["http://h/a", "http://h/b"]):
    dest = f"img_{i}.jpg"
    if os.path.exists(dest):
        continue
    r = requests.get(url)
    with open(dest, "wb") as f:
        f.write(r.content)
