import os
from concurrent.futures import ProcessPoolExecutor


def slow(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


LIMIT = 20_000
answers = []
if __name__ == "__main__":
    pool = ProcessPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
    try:
        calls = [pool.submit(slow, LIMIT + step) for step in range(8)]
        for step, pending in zip(range(8), calls):
            answers.append(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)
    print(answers)
