from concurrent.futures import ThreadPoolExecutor

import requests


def run():
    for u in ["a", "b", "c"]:
        t = requests.get("http://host/" + u).text


pool = ThreadPoolExecutor(max_workers=2)
try:
    calls = [pool.submit(run) for again in range(2)]
    for again, pending in zip(range(2), calls):
        pending.result()
finally:
    pool.shutdown(cancel_futures=True)
