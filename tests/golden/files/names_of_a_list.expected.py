"""Copies files whose names stand in the script: other names are other files."""

import pathlib
import shutil
from collections import deque
from concurrent.futures import ThreadPoolExecutor

NAMES = ["letters.txt", "numbers.txt", "notes/today.txt", "notes/later.txt"]
COPIES = {"letters": "first", "numbers": "second"}

for folder in ("from/notes", "to/notes", "named"):
    pathlib.Path(folder).mkdir(parents=True)
for name in NAMES:
    pathlib.Path("from", name).write_text(name * 3)


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


def copyfile_name(name):
    return shutil.copyfile(f"from/{name}", f"to/{name}")


def copy_all():
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(copyfile_name, name)) for name in NAMES), 64
        ):
            pending.result()
            print(name, len(NAMES))
    finally:
        pool.shutdown(cancel_futures=True)


copy_all()


def copyfile_item(item):
    name, title = item
    return shutil.copyfile(f"from/{name}.txt", f"named/{name}.txt")


pool = ThreadPoolExecutor(max_workers=32)
try:
    for (name, title), pending in look_ahead(
        ((item, pool.submit(copyfile_item, item)) for item in COPIES.items()), 64
    ):
        pending.result()
        print(title)
finally:
    pool.shutdown(cancel_futures=True)
for path in sorted(pathlib.Path("to").rglob("*.txt")):
    print(path, path.read_text())
