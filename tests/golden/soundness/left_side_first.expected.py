from concurrent.futures import ThreadPoolExecutor

import requests
counts = {"a": 0, "b": 0}
try:
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        calls = [
            pool.submit(requests.get, "http://h/" + k) for k in ["a", "b", "c", "fail"]
        ]
        for k, pending in zip(["a", "b", "c", "fail"], calls):
            counts[k] += len(pending.result().text)
    finally:
        pool.shutdown(cancel_futures=True)
except Exception as e:
    print(type(e), e)
print(counts)
