from concurrent.futures import ThreadPoolExecutor

import requests
with open("out.txt", "w") as f:
    def get(u, *, pending=None):
        t = (pending.result() if pending else requests.get("http://h/" + u)).text
        f.write(t)
        return f.tell()
    pool = ThreadPoolExecutor(max_workers=3)
    try:
        calls = [
            pool.submit(requests.get, "http://h/" + u) for u in ["slow1", "b", "slow2"]
        ]
        for u, pending in zip(["slow1", "b", "slow2"], calls):
            print(get(u, pending=pending))
    finally:
        pool.shutdown(cancel_futures=True)
