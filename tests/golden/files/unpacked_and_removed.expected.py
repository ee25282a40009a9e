"""Unpacks whatever archives there are beside themselves, and removes them."""

import gzip
import pathlib
import shutil
import tarfile
import zipfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor


def unpack(path):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(path.with_suffix(""))
    elif path.suffix == ".tar":
        with tarfile.open(path) as archive:
            archive.extractall(path.with_suffix(""), filter="data")
    else:
        with gzip.open(path) as source, open(path.with_suffix(""), "wb") as target:
            shutil.copyfileobj(source, target)
    path.unlink()


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def main():
    folder = pathlib.Path("archives")
    folder.mkdir()

    def make_number(number):
        with zipfile.ZipFile(folder / f"z{number}.zip", "w") as archive:
            archive.writestr("inside.txt", "z" * number)
        return archive

    pool = ThreadPoolExecutor(max_workers=4)
    try:
        calls = [pool.submit(make_number, number) for number in range(4)]
        for number, pending in zip(range(4), calls):
            archive = pending.result()
            with gzip.open(folder / f"g{number}.gz", "wb") as file:
                file.write(b"g" * number)
    finally:
        pool.shutdown(cancel_futures=True)
    archives = sorted(folder.iterdir())
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for archive, pending in look_ahead(
            ((archive, pool.submit(unpack, archive)) for archive in archives), 64
        ):
            try:
                pending.result()
            except (OSError, zipfile.BadZipFile) as problem:
                print("failed:", archive, problem)
    finally:
        pool.shutdown(cancel_futures=True)
    for path in sorted(folder.rglob("*")):
        print(path)


if __name__ == "__main__":
    main()
