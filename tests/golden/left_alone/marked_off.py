import requests

# braid: off
for page in range(5):
    print(requests.get(f"http://pages.example/{page}").status_code)
