import math
from collections import deque
from concurrent.futures import ProcessPoolExecutor
def is_prime(n):
    if n < 2:
        return False
    for i in range(2, int(math.sqrt(n)) + 1):
        if n % i == 0:
            return False
    return True
found = []


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


if __name__ == "__main__":
    pool = ProcessPoolExecutor()
    try:
        for n, pending in look_ahead(
            ((n, pool.submit(is_prime, n)) for n in range(10**6, 10**6 + 50)), 256
        ):
            if pending.result():
                found.append(n)
    finally:
        pool.shutdown(cancel_futures=True)
    print(found)
