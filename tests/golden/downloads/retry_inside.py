import time

import requests


def fetch(url, attempts=3):
    for attempt in range(attempts):
        try:
            return requests.get(url)
        except requests.ConnectionError:
            time.sleep(0.001)
    return None


texts = []
for number in range(12):
    answer = fetch(f"http://pages.example/{number}{'fail' if number == 7 else ''}")
    texts.append(answer.text if answer else "-")
print(texts)
