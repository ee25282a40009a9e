import os

import requests


def sizes(names):
    for name in names:
        with open(name) as file:
            number = file.fileno()
            reply = requests.get("http://host/" + file.readline().strip())
            # The number stands for the file only while that is open.
            print(os.fstat(number).st_size, reply.status_code)


for name in "ab":
    open(name, "w").write(name + "\n")
sizes(["a", "b"])
