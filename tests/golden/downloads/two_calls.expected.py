from concurrent.futures import ThreadPoolExecutor

import requests

pool = ThreadPoolExecutor(max_workers=4)
try:
    profiles = [
        pool.submit(requests.get, f"http://api.example/users/{name}")
        for name in ("ann", "bob", "cid", "dora")
    ]
    for name, pending in zip(("ann", "bob", "cid", "dora"), profiles):
        profile = pending.result().json()
        print("profile of", name)
        picture = requests.get(profile["url"] + "/picture").content
        print(len(picture))
finally:
    pool.shutdown(cancel_futures=True)
