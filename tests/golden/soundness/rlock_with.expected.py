import threading, requests
from concurrent.futures import ThreadPoolExecutor
lock = threading.RLock()
def get(u, *, pending=None):
    with lock:
        return (pending.result() if pending else requests.get("http://h/" + u)).text
with lock:
    pool = ThreadPoolExecutor(max_workers=3)
    try:
        calls = [pool.submit(requests.get, "http://h/" + u) for u in ["a", "b", "c"]]
        for u, pending in zip(["a", "b", "c"], calls):
            print(get(u, pending=pending))
    finally:
        pool.shutdown(cancel_futures=True)
