import os
from concurrent.futures import ProcessPoolExecutor


def countdown(n):
    while n > 0:
        n -= 1
    return n


def main():
    pool = ProcessPoolExecutor(max_workers=min(6, os.cpu_count() or 1))
    try:
        calls = [pool.submit(countdown, 30_000 + i) for i in range(6)]
        for i, pending in zip(range(6), calls):
            print(i, pending.result())
    finally:
        pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    main()
