import os
from concurrent.futures import ThreadPoolExecutor

import requests

pool = ThreadPoolExecutor(max_workers=2)
try:
    calls = [
        pool.submit(requests.get, f"http://pages.example/{name}") for name in ("a", "b")
    ]
    for name, pending in zip(("a", "b"), calls):
        os.makedirs(name, exist_ok=True)
        os.chdir(name)
        open("page.html", "w").write(pending.result().text)
        os.chdir("..")
finally:
    pool.shutdown(cancel_futures=True)
