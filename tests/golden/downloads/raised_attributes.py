import requests

class ApiError(Exception):
    def __init__(self, code, url):
        super().__init__(f"{code}: {url}")
        self.code = code
        self.url = url

def get(url):
    r = requests.get(url)
    if r.status_code != 200:
        raise ApiError(r.status_code, url)
    return r.json()

failed = []
for k in range(20):
    try:
        data = get(f"http://h/{'missing' if k % 3 == 1 else k}")
        print(k, data)
    except ApiError as e:
        print("failed", e.code, e)
        failed.append(e.url)
print(failed)
