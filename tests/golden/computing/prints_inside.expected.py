# Lines that are printed while a worker process computes, and rows under a `try` that goes on.
import math
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from io import StringIO
from itertools import islice


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


def process_path(path):
    printed = StringIO()
    try:
        with open(path) as file:
            for line in file:
                number = int(line)
                factor = number
                for each in range(2, math.isqrt(number) + 1):
                    if number % each == 0:
                        factor = each
                        break
                print(number, "is prime" if factor == number else f"divides by {factor}", file=printed)
    except BaseException as error:
        return printed.getvalue().splitlines(True), error
    return printed.getvalue().splitlines(True), None


def smallest_factors(paths):
    pool = ProcessPoolExecutor()
    try:
        for path, pending in call_in_chunks(
            pool, process_path, ((path, (path,)) for path in paths), 2 * (os.cpu_count() or 1)
        ):
            print("reading", path)
            printed, error = pending.result()
            print(*printed, sep="", end="")
            if error is not None:
                raise error
            print()
    finally:
        pool.shutdown(cancel_futures=True)


def process_item(path):
    found = []
    try:
        with open(path) as file:
            for line in file:
                number = int(line)
                if all(number % each for each in range(2, number)):
                    found.append(number)
    except BaseException as error:
        return found, error
    return found, None


def primes(paths):
    found = []
    pool = ProcessPoolExecutor()
    try:
        for path, pending in call_in_chunks(
            pool, process_item, ((path, (path,)) for path in paths), 2 * (os.cpu_count() or 1)
        ):
            try:
                more_found, error = pending.result()
                found.extend(more_found)
                if error is not None:
                    raise error
            except ValueError as problem:
                print(path, "is broken:", problem, len(found))
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def main():
    for name, text in {"a.txt": "91\n97\n", "b.txt": "2\nx\n5\n", "c.txt": "7\n"}.items():
        with open(name, "w") as file:
            file.write(text)
    print(primes(["a.txt", "b.txt", "c.txt"]))
    try:
        smallest_factors(["a.txt", "b.txt", "c.txt"])
    except ValueError as problem:
        print("stopped:", problem, os.path.getsize("b.txt"))


if __name__ == "__main__":
    main()
