import os

import requests

BASE = "http://host/"


def load(name):
    if os.path.exists("done.txt"):
        print("done already", name)
        return None
    text = requests.get(BASE + name).text
    if "b" in name:
        with open("done.txt", "w") as f:
            f.write(text)
    return text


def run(names):
    for name in names:
        print(load(name))


run(["a", "b", "c", "d"])
