# The rows of many files: each worker gathers those of one, and the loop adds them in order.
import glob
import json
import math
import os
import xml.etree.ElementTree as ET
from collections import deque
from concurrent.futures import ProcessPoolExecutor
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
    rows = []
    tree = ET.parse(path)
    root = tree.getroot()
    for item in root.findall("object"):
        name = item.find("name").text
        rows.append((path, name))
    return rows


def objects(folder):
    rows = []
    pool = ProcessPoolExecutor()
    try:
        for path, pending in call_in_chunks(
            pool,
            process_path,
            ((path, (path,)) for path in sorted(glob.glob(folder + "/*.xml"))),
            2 * (os.cpu_count() or 1),
        ):
            rows.extend(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)
    return rows


def share_inputs(*values):
    """Give this worker process what all calls read."""
    global limit
    (limit,) = values


def process_item(a):
    found = []
    for b in range(a, limit):
        c = math.isqrt(a * a + b * b)
        if c * c == a * a + b * b:
            found.append((a, b, c))
    return found


def right_angles(limit):
    found = []
    pool = ProcessPoolExecutor(initializer=share_inputs, initargs=(limit,))
    try:
        for a, pending in call_in_chunks(
            pool, process_item, ((a, (a,)) for a in range(1, limit)), 2 * (os.cpu_count() or 1)
        ):
            found.extend(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def process_data(path):
    lengths = {}
    with open(path) as file:
        data = json.load(file)
        for name in file.name, path:
            lengths[name] = len(data)
    return data, lengths


def lengths_by_name(paths):
    lengths = {}
    skipped = []
    pool = ProcessPoolExecutor()
    try:
        for path, pending in call_in_chunks(
            pool, process_data, ((path, (path,)) for path in paths), 2 * (os.cpu_count() or 1)
        ):
            print(path, len(skipped))
            data, more_lengths = pending.result()
            lengths.update(more_lengths)
            skipped.append(data.get("skipped"))
    finally:
        pool.shutdown(cancel_futures=True)
    return lengths, skipped


def process_one(path):
    found = []
    try:
        with open(path) as file:
            for line in file:
                found.append(int(line))
    except BaseException as failure:
        return found, failure
    return found, None


# Whoever catches the failure sees what had been added by then.
def numbers(paths, found):
    pool = ProcessPoolExecutor()
    try:
        for path, pending in call_in_chunks(
            pool, process_one, ((path, (path,)) for path in paths), 2 * (os.cpu_count() or 1)
        ):
            more_found, failure = pending.result()
            found.extend(more_found)
            if failure is not None:
                raise failure
    finally:
        pool.shutdown(cancel_futures=True)


def main():
    with open("a.xml", "w") as file:
        file.write("<all><object><name>ant</name></object><object><name>bee</name></object></all>")
    with open("b.xml", "w") as file:
        file.write("<all/>")
    print(objects("."))
    print(right_angles(60))
    with open("a.json", "w") as file:
        json.dump({"ant": "six legs", "bee": None}, file)
    with open("b.json", "w") as file:
        json.dump({"cat": "four legs", "ant": "six"}, file)
    print(lengths_by_name(["a.json", "b.json"]))
    with open("a.txt", "w") as file:
        file.write("1\n2\nthree\n")
    found = []
    try:
        numbers(["a.txt"], found)
    except ValueError as error:
        print(error, found)


if __name__ == "__main__":
    main()
