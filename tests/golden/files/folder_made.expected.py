import csv
import os
import pathlib
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor


def fetch(number):
    time.sleep(0.02)
    return f"{number}\n"


def save_all(folder):
    def fetch_data(i):
        path = os.path.join(folder, f"{i}.txt")
        if not os.path.exists(path):
            return fetch(i)

    pool = ThreadPoolExecutor(max_workers=4)
    try:
        data_items = [pool.submit(fetch_data, i) for i in range(4)]
        for i, pending in zip(range(4), data_items):
            if not os.path.isdir(folder):
                os.mkdir(folder)
            path = os.path.join(folder, f"{i}.txt")
            if not os.path.exists(path):
                data = pending.result()
                with open(path, "w") as file:
                    file.write(data)
    finally:
        pool.shutdown(cancel_futures=True)


def save_by_parity():
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        calls = [pool.submit(fetch, number) for number in range(4)]
        for number, pending in zip(range(4), calls):
            target = pathlib.Path("by_parity") / str(number % 2) / f"{number}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)


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


def fetch_row(row):
    return fetch(row[0])


def fetch_item(line):
    return fetch(line.strip())


def waited(path):
    with open(path) as file:
        rows = csv.reader(file)
        rows = list(rows)
        pool = ThreadPoolExecutor(max_workers=32)
        try:
            for row, pending in look_ahead(
                ((row, pool.submit(fetch_row, row)) for row in rows), 64
            ):
                print(row, pending.result().strip())
        finally:
            pool.shutdown(cancel_futures=True)
    with open(path) as file:
        pool = ThreadPoolExecutor(max_workers=32)
        try:
            for (position, line), pending in look_ahead(
                (
                    ((position, line), pool.submit(fetch_item, line))
                    for position, line in enumerate(file)
                ),
                64,
            ):
                print(position, pending.result().strip())
        finally:
            pool.shutdown(cancel_futures=True)


os.mkdir("out")
with open(os.path.join("out", "done.txt"), "w") as file:
    file.write("done\n")
save_all("out")
save_by_parity()
waited(os.path.join("out", "done.txt"))
for _, name in enumerate(sorted(os.listdir("out"))):
    print(name)
for folder, _, names in sorted(os.walk("by_parity")):
    print(folder, sorted(names))
