import threading, requests
from concurrent.futures import ThreadPoolExecutor
lock = threading.Lock()
lock.acquire()
pool = ThreadPoolExecutor(max_workers=3)
try:
    calls = [pool.submit(requests.get, "http://h/" + u) for u in ["a", "b", "c"]]
    for u, pending in zip(["a", "b", "c"], calls):
        print(pending.result().text)
finally:
    pool.shutdown(cancel_futures=True)
lock.release()
