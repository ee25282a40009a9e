"""Objects and classes whose calling gives them again: never reached, but looked at."""

import sys
import requests
from concurrent.futures import ThreadPoolExecutor


class Echo:
    pass


Echo.__call__ = Echo()


class Failing(Exception):
    def __new__(cls):
        return Failing


def main():
    if len(sys.argv) > 5:
        Echo()()
        list(map(map, [map], [[1]]))
        raise Failing
    pool = ThreadPoolExecutor(max_workers=2)
    try:
        calls = [pool.submit(requests.get, "http://h/" + name) for name in ["a", "b"]]
        for name, pending in zip(["a", "b"], calls):
            print(pending.result().text)
    finally:
        pool.shutdown(cancel_futures=True)


main()
