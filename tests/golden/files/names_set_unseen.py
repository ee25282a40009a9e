"""Copies files whose names a function sets anew by the variable's name: one of them stands there twice."""

import pathlib
import shutil

NAMES = ["letters.txt", "numbers.txt"]

for folder in ("from", "to"):
    pathlib.Path(folder).mkdir()
for name in NAMES:
    pathlib.Path("from", name).write_text(name)


def prepare():
    replace("NAMES", ["letters.txt", "numbers.txt", "letters.txt"])


def replace(name, value):
    globals()[name] = value


prepare()
for name in NAMES:
    shutil.copyfile(f"from/{name}", f"to/{name}")
    pathlib.Path("to", name).write_text(pathlib.Path("to", name).read_text() + "!")
    print(pathlib.Path("to", name).read_text())
