from concurrent.futures import ThreadPoolExecutor

import requests
try:
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        calls = [
            pool.submit(requests.get, "http://h/" + n) for n in ["a", "b", "fail", "c"]
        ]
        for n, pending in zip(["a", "b", "fail", "c"], calls):
            with open(n + ".txt", "w") as f:
                f.write(pending.result().text)
    finally:
        pool.shutdown(cancel_futures=True)
finally:
    import os
    print(sorted(os.listdir(".")))
