import math
import os
from concurrent.futures import ProcessPoolExecutor
def is_prime(n):
    if n < 2:
        return False
    for i in range(2, int(math.sqrt(n)) + 1):
        if n % i == 0:
            return False
    return True
found = []
if __name__ == "__main__":
    pool = ProcessPoolExecutor(max_workers=min(50, os.cpu_count() or 1))
    try:
        calls = [pool.submit(is_prime, n) for n in range(10**6, 10**6 + 50)]
        for n, pending in zip(range(10**6, 10**6 + 50), calls):
            if pending.result():
                found.append(n)
    finally:
        pool.shutdown(cancel_futures=True)
    print(found)
