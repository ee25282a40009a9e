import requests

page = 1
while page < 5:
    answer = requests.get(f"http://api.example/items?page={page}")
    print(answer.status_code)
    if not answer.ok:
        break
    page += 1
