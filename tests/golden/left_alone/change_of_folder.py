import os

import requests

for name in ("a", "b"):
    os.makedirs(name, exist_ok=True)
    os.chdir(name)
    open("page.html", "w").write(requests.get(f"http://pages.example/{name}").text)
    os.chdir("..")
