"""Copies the files of each folder: what a folder holds is looked at where its files are copied."""

import glob
import os
import shutil
from collections import deque
from concurrent.futures import ThreadPoolExecutor

for folder in ("april", "may", "june"):
    os.makedirs("from/" + folder)
    for number in range(3):
        with open(f"from/{folder}/{number}.txt", "w") as file:
            file.write(folder * number)
os.mkdir("to")


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def copy_all(source):
    def process_folder(folder):
        files = sorted(glob.glob(source + "/" + folder + "/*.txt"))
        for number, path in enumerate(files):
            shutil.copyfile(path, "to/%s-%d.txt" % (folder, number))

    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for folder, pending in look_ahead(
            (
                (folder, pool.submit(process_folder, folder))
                for folder in sorted(os.listdir(source))
            ),
            64,
        ):
            pending.result()
    finally:
        pool.shutdown(cancel_futures=True)


copy_all("from")


def read_name(name):
    return open("to/" + name).read()


pool = ThreadPoolExecutor(max_workers=32)
try:
    for name, pending in look_ahead(
        ((name, pool.submit(read_name, name)) for name in sorted(os.listdir("to"))), 64
    ):
        print(name, pending.result())
finally:
    pool.shutdown(cancel_futures=True)
