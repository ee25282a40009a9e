from concurrent.futures import ThreadPoolExecutor

import requests
real = requests.get
calls = []
def fake(u, **k):
    calls.append(u)
    return real(u + str(len(calls)), **k)
requests.get = fake
pool = ThreadPoolExecutor(max_workers=3)
try:
    futures = [pool.submit(requests.get, "http://h/" + u) for u in ["a", "b", "c"]]
    for u, pending in zip(["a", "b", "c"], futures):
        print(pending.result().text)
finally:
    pool.shutdown(cancel_futures=True)
