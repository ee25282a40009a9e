import logging, requests
from concurrent.futures import ThreadPoolExecutor
logging.basicConfig(filename="log.txt", level=logging.INFO, format="%(message)s")
def get(u, *, pending=None):
    t = (pending.result() if pending else requests.get("http://h/" + u)).text
    logging.info("got %s", u)
    return t
pool = ThreadPoolExecutor(max_workers=4)
try:
    calls = [
        pool.submit(requests.get, "http://h/" + u) for u in ["slow1", "b", "slow2", "c"]
    ]
    for u, pending in zip(["slow1", "b", "slow2", "c"], calls):
        print(get(u, pending=pending))
finally:
    pool.shutdown(cancel_futures=True)
