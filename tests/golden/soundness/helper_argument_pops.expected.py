import os
import requests
from concurrent.futures import ThreadPoolExecutor
names = ["a", "b", "c", "d"]
rows = []
def download(url, dest, n, *, pending=None):
    r = pending.result() if pending else requests.get(url)
    with open(dest, "wb") as f:
        f.write(r.content)
    print(n)
for i in range(4):
    download(f"http://h/{i}", names.pop(), len(rows))
pool = ThreadPoolExecutor(max_workers=4)
try:
    calls = [pool.submit(requests.get, f"http://h/{i}") for i in range(4)]
    for i, pending in zip(range(4), calls):
        download(f"http://h/{i}", f"{i}.bin", len(names), pending=pending)
finally:
    pool.shutdown(cancel_futures=True)
