import os
import sys
from concurrent.futures import ProcessPoolExecutor

LIMIT = 3


def slow(n, limit):
    total = 0
    for i in range(n * 1000):
        total += i * i % limit
    return total


def share_inputs(*values):
    """Give this worker process what all calls read."""
    global LIMIT
    (LIMIT,) = values


def slow_item(n):
    return slow(n, LIMIT)


def main():
    pool = ProcessPoolExecutor(
        max_workers=min(6, os.cpu_count() or 1),
        initializer=share_inputs,
        initargs=(LIMIT,),
    )
    try:
        calls = [pool.submit(slow_item, n) for n in range(6)]
        for n, pending in zip(range(6), calls):
            print(n, pending.result())
    finally:
        pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    LIMIT = 7 + len(sys.argv)
    main()
