import csv
import io
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

TABLE = "name,points\nann,3\nbob,5\ncyd,4\n"


def weigh(points):
    total = 0
    for number in range(int(points) * 1000):
        total += number % 7
    return total


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


def weigh_row(row):
    return weigh(row["points"])


def main():
    rows = list(csv.DictReader(io.StringIO(TABLE)))
    pool = ProcessPoolExecutor()
    try:
        for row, pending in call_in_chunks(
            pool, weigh_row, ((row, (row,)) for row in rows), 2 * (os.cpu_count() or 1)
        ):
            row["points"] = pending.result()
            print(row["name"], row["points"])
    finally:
        pool.shutdown(cancel_futures=True)
    print(rows)


if __name__ == "__main__":
    main()
