"""How long it takes until one is reached (Collatz), and which start takes longest."""

import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from itertools import islice


def steps(n):
    count = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
    return count


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


class Outcome:
    """What a call gave, or how it failed."""

    def __init__(self, value, error):
        self.value = value
        self.error = error

    def result(self):
        if self.error is None:
            return self.value
        try:
            raise self.error
        finally:
            self = None  # else the exception would hold itself


def run_chunk(function, chunk):
    """Call `function` with each of the arguments in `chunk`."""
    outcomes = []
    for arguments in chunk:
        try:
            outcomes.append((function(*arguments), None))
        except (Exception, SystemExit) as error:
            outcomes.append((None, error.with_traceback(None)))
    return outcomes


def submit_chunks(pool, function, calls):
    """Yield chunks of `calls`, which grow, with their pending outcomes."""
    made = 0
    while chunk := list(islice(calls, min(1 + made // 128, 1000))):
        made += len(chunk)
        arguments = [each for _, each in chunk]
        yield chunk, pool.submit(run_chunk, function, arguments)


def call_in_chunks(pool, function, calls, limit):
    """Yield the item of each of `calls`, in order, with the outcome."""
    for chunk, pending in look_ahead(submit_chunks(pool, function, calls), limit):
        for (item, _), (value, error) in zip(chunk, pending.result()):
            yield item, Outcome(value, error)


def main():
    longest = 0
    pool = ProcessPoolExecutor()
    try:
        for start, pending in call_in_chunks(
            pool,
            steps,
            ((start, (start,)) for start in range(1, 5_000)),
            2 * (os.cpu_count() or 1),
        ):
            count = pending.result()
            if count > longest:
                longest = count
                print(start, count)
    finally:
        pool.shutdown(cancel_futures=True)
    pool = ProcessPoolExecutor()
    try:
        lengths = [
            pending.result()
            for n, pending in call_in_chunks(
                pool,
                steps,
                ((n, (n,)) for n in range(1, 3_000)),
                2 * (os.cpu_count() or 1),
            )
        ]
    finally:
        pool.shutdown(cancel_futures=True)
    print(sum(lengths))


if __name__ == "__main__":
    main()
