from __future__ import annotations
from concurrent.futures import ThreadPoolExecutor

import requests
def work(n, *, pending=None):
    size: Undefined = len(str(n))
    print("at", n)
    text = (pending.result() if pending else requests.get("http://h/" + str(n) + "/" + str(size))).text
    print("end", text)


def fetch_text(n):
    size: Undefined = len(str(n))
    return requests.get("http://h/" + str(n) + "/" + str(size))


def main():
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        texts = [pool.submit(fetch_text, n) for n in range(4)]
        for n, pending in zip(range(4), texts):
            work(n, pending=pending)
    finally:
        pool.shutdown(cancel_futures=True)
main()
