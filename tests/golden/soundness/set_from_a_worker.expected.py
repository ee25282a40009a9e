import os
from concurrent.futures import ProcessPoolExecutor
from io import StringIO


def slow(n):
    t = 0
    for i in range(n * 20000):
        t += i * i % 7
    return {8 * (n - i) for i in range(n)}


def slow_item(n):
    printed = StringIO()
    try:
        print(list(slow(n)), file=printed)
    except BaseException as error:
        return printed.getvalue().splitlines(True), error
    return printed.getvalue().splitlines(True), None


if __name__ == "__main__":
    pool = ProcessPoolExecutor(max_workers=min(6, os.cpu_count() or 1))
    try:
        calls = [pool.submit(slow_item, n) for n in range(6)]
        for n, pending in zip(range(6), calls):
            printed, error = pending.result()
            print(*printed, sep="", end="")
            if error is not None:
                raise error
    finally:
        pool.shutdown(cancel_futures=True)
