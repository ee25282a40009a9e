# Worker processes of joblib would stay where the first calls have found them.
import os
import sys
from concurrent.futures import ProcessPoolExecutor


def weigh(number):
    total = 0
    for step in range(30000):
        total = (total * 31 + step + number) % 1000003
    return total


if __name__ == "__main__":
    pool = ProcessPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
    try:
        weights = [pool.submit(weigh, number) for number in range(8)]
        for number, pending in zip(range(8), weights):
            weight = pending.result()
            print(number, weight)
    finally:
        pool.shutdown(cancel_futures=True)
    os.chdir("/")
    print(os.getcwd(), file=sys.stderr)
    pool = ProcessPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
    try:
        calls = [pool.submit(weigh, number) for number in range(8, 16)]
        for number, pending in zip(range(8, 16), calls):
            weight = pending.result()
            print(number, weight)
    finally:
        pool.shutdown(cancel_futures=True)
