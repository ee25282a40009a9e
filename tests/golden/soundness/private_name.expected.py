from concurrent.futures import ThreadPoolExecutor

import requests
class A:
    __base = "http://h/"
    def run(self):
        def fetch_item(u):
            return requests.get(self.__base + u)

        pool = ThreadPoolExecutor(max_workers=2)
        try:
            calls = [pool.submit(fetch_item, u) for u in ["a", "b"]]
            for u, pending in zip(["a", "b"], calls):
                print(pending.result().text)
        finally:
            pool.shutdown(cancel_futures=True)
A().run()
