from concurrent.futures import ThreadPoolExecutor

import requests
def texts(ks):
    return map(lambda k: requests.get("http://h/" + k).text, ks)
pool = ThreadPoolExecutor(max_workers=3)
try:
    groups = [["a", "b"], ["c", "fail"], ["d"]]
    calls = [pool.submit(texts, group) for group in groups]
    for group, pending in zip(groups, calls):
        try:
            t = pending.result()
            print(list(t))
        except requests.RequestException as e:
            print("e", e)
finally:
    pool.shutdown(cancel_futures=True)
