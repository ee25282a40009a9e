"""Unpacks whatever archives there are beside themselves, and removes them."""

import gzip
import pathlib
import shutil
import tarfile
import zipfile


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


def main():
    folder = pathlib.Path("archives")
    folder.mkdir()
    for number in range(4):
        with zipfile.ZipFile(folder / f"z{number}.zip", "w") as archive:
            archive.writestr("inside.txt", "z" * number)
        with gzip.open(folder / f"g{number}.gz", "wb") as file:
            file.write(b"g" * number)
    archives = sorted(folder.iterdir())
    for archive in archives:
        try:
            unpack(archive)
        except (OSError, zipfile.BadZipFile) as problem:
            print("failed:", archive, problem)
    for path in sorted(folder.rglob("*")):
        print(path)


if __name__ == "__main__":
    main()
