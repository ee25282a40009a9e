import time
import requests

rows = []
for name in open("names.txt").readlines():
    answer = requests.get("https://api.example.org/" + name.strip())
    if answer.ok:
        rows.append(answer.text)
        time.sleep(1)
