# Each file that is written may be the fixed one that is read, and the one of another iteration:
# what is to be accepted must say both.
import sys

import requests

for row in sys.stdin.read().split():
    head = open("config.txt").read()
    with open(row, "w") as file:
        file.write(requests.get("http://host/" + head + row).text)
