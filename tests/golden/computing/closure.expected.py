"""Functions inside functions, for worker processes."""

import os
from concurrent.futures import ProcessPoolExecutor


# how heavy one is
def weight(i):
    return i * i % 7


def share_inputs(*values):
    """Give this worker process what all calls read."""
    global base
    (base,) = values


def slow_number(number):
    def slow(n):
        total = base
        for i in range(n * 1000):
            total += weight(i)
        return total
    return slow(number)


def main(base):
    def slow(n):
        total = base
        for i in range(n * 1000):
            total += weight(i)
        return total

    totals = {}
    pool = ProcessPoolExecutor(
        max_workers=min(6, os.cpu_count() or 1),
        initializer=share_inputs,
        initargs=(base,),
    )
    try:
        calls = [pool.submit(slow_number, number) for number in range(6)]
        for number, pending in zip(range(6), calls):
            totals[number] = pending.result()
    finally:
        pool.shutdown(cancel_futures=True)
    print(totals)


if __name__ == "__main__":
    main(5)
