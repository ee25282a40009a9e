from concurrent.futures import ThreadPoolExecutor

import requests
def main():
    resp = None
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        items = ["http://h/a", "http://h/b", "http://h/fail", "http://h/c"]
        resps = [pool.submit(requests.get, u) for u in items]
        for u, pending in zip(items, resps):
            try:
                resp = pending.result()
                data = resp.json()
                if "b" in u:
                    raise ValueError(u)
                print(data)
            except ValueError:
                print("bad", resp.text)
            except requests.RequestException as e:
                print("no answer", e, resp.text)
    finally:
        pool.shutdown(cancel_futures=True)
main()
