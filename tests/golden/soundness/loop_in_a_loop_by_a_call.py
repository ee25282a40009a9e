import requests


def run():
    for u in ["a", "b", "c"]:
        t = requests.get("http://host/" + u).text


for again in range(2):
    run()
