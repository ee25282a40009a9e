import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from io import StringIO


def convert(source, target, *, printed=None):
    time.sleep(0.02)
    with open(source) as file:
        print(f"{source} -> {target}: {file.read().strip()}", file=printed)


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def convert_all(root):
    def convert_folder(folder):
        names = sorted(os.listdir(os.path.join(root, folder)))
        printed = StringIO()
        try:
            for name in names:
                convert(os.path.join(root, folder, name), name.upper(), printed=printed)
        except BaseException as error:
            return printed.getvalue().splitlines(True), error
        return printed.getvalue().splitlines(True), None

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for folder, pending in look_ahead(
            (
                (folder, pool.submit(convert_folder, folder))
                for folder in sorted(os.listdir(root))
            ),
            64,
        ):
            names = sorted(os.listdir(os.path.join(root, folder)))
            print(folder, len(names))
            printed, error = pending.result()
            print(*printed, sep="", end="")
            if error is not None:
                raise error
    finally:
        pool.shutdown(cancel_futures=True)


for number in range(6):
    folder = os.path.join("in", f"folder{number % 3}")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{number}.txt"), "w") as file:
        file.write(f"{number}\n")
convert_all("in")
