# the exception carries an object that the loop goes on changing
import requests

box = {"n": 0}


class Failed(Exception):
    pass


def check(n):
    text = requests.get(f"http://h/{n}/{box['n']}").text
    if n % 2:
        raise Failed(box)
    return text


for n in range(4):
    try:
        print(check(n).strip())
    except Failed as error:
        error.args[0]["n"] += 1
        print("failed", box)
