import os

import requests

# The file is there as soon as it is open: no worker may look for it then.
for name in ["ant", "bee", "cat"]:
    if os.path.exists(name):
        continue
    with open(name, "w") as file:
        file.write(requests.get("http://host/" + name).text)
    print("got", name)
