"""What a comprehension over a range computes is its own time, not the range's."""

import os
from concurrent.futures import ProcessPoolExecutor
from io import StringIO


def step(n):
    total = n
    for k in range(20000):
        total = (total * 31 + k) % 1000003
    return total


def steps(m, *, printed=None):
    print("steps", m, file=printed)
    return [step(n) for n in range(m)]


def keep_output(function, /, *arguments, **keywords):
    """Call `function`; return what it gave, printed and raised."""
    printed = StringIO()
    try:
        result = function(*arguments, printed=printed, **keywords)
    except BaseException as error:
        return None, printed.getvalue().splitlines(True), error
    return result, printed.getvalue().splitlines(True), None


def replay(outcome):
    """Print what a call printed, then return what it gave or raise what it raised."""
    result, printed, error = outcome
    print(*printed, sep="", end="")
    if error is not None:
        raise error
    return result


if __name__ == "__main__":
    pool = ProcessPoolExecutor(max_workers=min(3, os.cpu_count() or 1))
    try:
        calls = [pool.submit(keep_output, steps, m) for m in range(1, 4)]
        for m, pending in zip(range(1, 4), calls):
            print(replay(pending.result()))
    finally:
        pool.shutdown(cancel_futures=True)
