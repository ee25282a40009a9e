import warnings, requests
from concurrent.futures import ThreadPoolExecutor
def get(u, *, pending=None):
    warnings.warn("old")
    return (pending.result() if pending else requests.get("http://h/" + u)).text
pool = ThreadPoolExecutor(max_workers=2)
try:
    calls = [pool.submit(requests.get, "http://h/" + u) for u in ["a", "b"]]
    for u, pending in zip(["a", "b"], calls):
        print(get(u, pending=pending))
finally:
    pool.shutdown(cancel_futures=True)
