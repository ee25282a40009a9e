from concurrent.futures import ThreadPoolExecutor

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


def fetch_data(k):
    return get(f"http://h/{'missing' if k % 3 == 1 else k}")


pool = ThreadPoolExecutor(max_workers=20)
try:
    data_items = [pool.submit(fetch_data, k) for k in range(20)]
    for k, pending in zip(range(20), data_items):
        try:
            data = pending.result()
            print(k, data)
        except ApiError as e:
            print("failed", e.code, e)
            failed.append(e.url)
finally:
    pool.shutdown(cancel_futures=True)
print(failed)
