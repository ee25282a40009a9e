import requests

token = "first"
pages = []
for _ in range(5):
    answer = requests.get("http://api.example/items", params={"token": token}).json()
    pages.append(answer["length"])
    token = answer["url"][-4:]
print(pages)
