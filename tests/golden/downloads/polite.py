import time

import requests

for page in range(5):
    answer = requests.get(f"http://pages.example/{page}")
    print(page, answer.status_code)
    time.sleep(0.01)
