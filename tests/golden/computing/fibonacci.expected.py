import os
import time
from concurrent.futures import ProcessPoolExecutor


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fib_value(n):
    start = time.perf_counter()
    value = fib(n)
    seconds = time.perf_counter() - start
    return value, seconds


def main():
    results = {}
    pool = ProcessPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
    try:
        values = [pool.submit(fib_value, n) for n in range(12, 20)]
        for n, pending in zip(range(12, 20), values):
            value, seconds = pending.result()
            results[n] = (value, seconds >= 0)
    finally:
        pool.shutdown(cancel_futures=True)
    print(results)


if __name__ == "__main__":
    main()
