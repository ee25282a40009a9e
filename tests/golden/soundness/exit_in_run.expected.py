from concurrent.futures import ThreadPoolExecutor

import requests, sys
def get(u):
    r = requests.get("http://h/" + u)
    if not r.ok:
        sys.exit(3)
    return r.text
pool = ThreadPoolExecutor(max_workers=3)
try:
    calls = [pool.submit(get, u) for u in ["a", "missing", "b"]]
    for u, pending in zip(["a", "missing", "b"], calls):
        print(pending.result())
finally:
    pool.shutdown(cancel_futures=True)
