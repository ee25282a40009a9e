from concurrent.futures import ThreadPoolExecutor

import requests
def get(u, *, pending=None):
    print("asking", u)
    t = (pending.result() if pending else requests.get("http://h/" + u)).text
    print("got", u)
    return t
pool = ThreadPoolExecutor(max_workers=4)
try:
    calls = [
        pool.submit(requests.get, "http://h/" + u) for u in ["slow1", "b", "fail", "c"]
    ]
    for u, pending in zip(["slow1", "b", "fail", "c"], calls):
        print(get(u, pending=pending))
finally:
    pool.shutdown(cancel_futures=True)
