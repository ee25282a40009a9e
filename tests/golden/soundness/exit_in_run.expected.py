from concurrent.futures import ThreadPoolExecutor

import requests, sys
def get(u, *, pending=None):
    r = pending.result() if pending else requests.get("http://h/" + u)
    if not r.ok:
        sys.exit(3)
    return r.text
pool = ThreadPoolExecutor(max_workers=3)
try:
    calls = [pool.submit(requests.get, "http://h/" + u) for u in ["a", "missing", "b"]]
    for u, pending in zip(["a", "missing", "b"], calls):
        print(get(u, pending=pending))
finally:
    pool.shutdown(cancel_futures=True)
