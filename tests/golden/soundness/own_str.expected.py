from concurrent.futures import ThreadPoolExecutor

import requests
def picky(n):
    if n == 2:
        raise ValueError("two")
    return "v%d" % n
def get(n, str, *, pending=None):
    print("at", n)
    text = (pending.result() if pending else requests.get("http://h/" + str(n))).text
    print("end", text)


def fetch_text(str, n):
    return requests.get("http://h/" + str(n))


def main():
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        texts = [pool.submit(fetch_text, picky, n) for n in range(4)]
        for n, pending in zip(range(4), texts):
            get(n, picky, pending=pending)
    finally:
        pool.shutdown(cancel_futures=True)
main()
