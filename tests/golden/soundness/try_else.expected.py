from concurrent.futures import ThreadPoolExecutor

import requests
ok = 0
pool = ThreadPoolExecutor(max_workers=3)
try:
    calls = [pool.submit(requests.get, "http://h/" + u) for u in ["a", "fail", "c"]]
    for u, pending in zip(["a", "fail", "c"], calls):
        try:
            t = pending.result().text
        except requests.RequestException as e:
            print("bad", e)
        else:
            ok += 1
            print(t)
        finally:
            print("done", u, ok)
finally:
    pool.shutdown(cancel_futures=True)
