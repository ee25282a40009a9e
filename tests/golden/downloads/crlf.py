import requests

for page in range(4):
    print(requests.get(f"http://pages.example/{page}").text, end="")
