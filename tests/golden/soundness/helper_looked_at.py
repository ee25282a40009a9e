import inspect
import os

import requests


def download(url, dest):
    if os.path.exists(dest):
        return
    reply = requests.get(url)
    with open(dest, "wb") as f:
        f.write(reply.content)


print(inspect.signature(download))
for i in range(4):
    download(f"http://h/{i}", f"{i}.bin")
