import requests

pages = range(6)
print(
    [requests.get(f"http://pages.example/{page}").status_code for page in pages],
    sum(len(requests.get(f"http://other.example/{page}").text) for page in pages),
)
