"""How often a walk ends near where it began: nothing seeds the generator."""

import os
import random
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from itertools import islice


def walk(steps):
    place = 0
    for _ in range(steps):
        place += random.choice((-1, 1))
    return place


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


def share_inputs(*values):
    """Give this worker process what all calls read."""
    global steps
    (steps,) = values


def walk_item():
    return walk(steps)


def count_near(walks, steps):
    near = 0
    pool = ProcessPoolExecutor(initializer=share_inputs, initargs=(steps,))
    try:
        for _, pending in call_in_chunks(
            pool, walk_item, ((_, ()) for _ in range(walks)), 2 * (os.cpu_count() or 1)
        ):
            if abs(pending.result()) <= steps:
                near += 1
    finally:
        pool.shutdown(cancel_futures=True)
    return near


def process_total(numbers, total):
    for first in numbers[:100]:
        for second in numbers:
            total += first * second
    bound = locals()
    return {name: bound[name] for name in ("total",) if name in bound}


def submit_items(pool, items, random):
    """Yield each item with its pending call."""
    generator = random.Random()
    generator.setstate(random.getstate())
    random = generator
    for _ in items:
        pending = None
        try:
            numbers = [random.random() for _ in range(1000)]
            total = 0.0
            pending = pool.submit(process_total, numbers, total)
        except Exception:
            pass  # the loop itself meets it
        yield _, pending


def mean_of_draws(rounds):
    means = []
    pool = ProcessPoolExecutor()
    try:
        for _, pending in look_ahead(submit_items(pool, range(rounds), random), 256):
            numbers = [random.random() for _ in range(1000)]
            total = 0.0
            bound = pending.result()
            if "total" in bound:
                total = bound["total"]
            means.append(round(total / 100000 * 0.0))
    finally:
        pool.shutdown(cancel_futures=True)
    return means


if __name__ == "__main__":
    print(count_near(40, 2000), "of 40")
    print(mean_of_draws(6))
