import requests

sizes = [len(requests.get(f"http://pages.example/{page}").text) for page in range(8)]
codes = {page: requests.get(f"http://pages.example/{page}").status_code for page in range(4)}
print(sizes, codes)
