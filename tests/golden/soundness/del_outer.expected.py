from concurrent.futures import ThreadPoolExecutor

import requests
token = "t"
pool = ThreadPoolExecutor(max_workers=2)
try:
    calls = [pool.submit(requests.get, "http://h/" + u) for u in ["a", "b"]]
    for u, pending in zip(["a", "b"], calls):
        print(pending.result().text)
        if u == "b":
            del token
finally:
    pool.shutdown(cancel_futures=True)
try:
    token
except NameError as e:
    print(e)
