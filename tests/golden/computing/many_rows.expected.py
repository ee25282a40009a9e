from collections import deque
from concurrent.futures import ProcessPoolExecutor
from itertools import islice


def weigh(row, scale):
    total = 0
    for cell in row:
        for i in range(cell):
            total += i * scale
    return total


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    try:
        for call in calls:
            ahead.append(call)
            if len(ahead) > limit:
                yield ahead.popleft()
    except (Exception, SystemExit):
        while ahead:  # what came before the exception comes first
            yield ahead.popleft()
        raise
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
    while True:
        chunk, failure = [], None
        try:
            for call in islice(calls, min(1 + made // 128, 1000)):
                chunk.append(call)
        except (Exception, SystemExit) as error:
            failure = error  # what came before it comes first
        made += len(chunk)
        arguments = [each for _, each in chunk]
        if chunk:
            yield chunk, pool.submit(run_chunk, function, arguments)
        if failure is not None:
            raise failure
        if not chunk:
            return


def call_in_chunks(pool, function, calls, limit):
    """Yield the item of each of `calls`, in order, with the outcome."""
    for chunk, pending in look_ahead(submit_chunks(pool, function, calls), limit):
        for (item, _), (value, error) in zip(chunk, pending.result()):
            yield item, Outcome(value, error)


def main():
    rows = [(n % 7, n % 11, n % 13) for n in range(3000)]
    pool = ProcessPoolExecutor(max_workers=3)
    try:
        for (number, row), pending in call_in_chunks(
            pool,
            weigh,
            (((number, row), (row, 3)) for number, row in enumerate(rows)),
            6,
        ):
            weight = pending.result()
            if number % 500 == 0:
                print(number, weight)
    finally:
        pool.shutdown(cancel_futures=True)
    pool = ProcessPoolExecutor(max_workers=3)
    try:
        print(sum(
            pending.result()
            for (_, row), pending in call_in_chunks(
                pool, weigh, (((_, row), (row, 2)) for _, row in enumerate(rows)), 6
            )
        ))
    finally:
        pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    main()
