import requests

for page in range(8):
    print(page, requests.get(f"http://pages.example/{page}").status_code)
