"""Copies files whose names stand in the script: one of them twice."""

import pathlib
import shutil

NAMES = ["letters.txt", "numbers.txt", "notes/today.txt", "notes/later.txt"]
COPIES = {"letters": "first", "numbers": "second"}
NAMES.append("letters.txt")

for folder in ("from/notes", "to/notes", "named"):
    pathlib.Path(folder).mkdir(parents=True)
for name in NAMES:
    pathlib.Path("from", name).write_text(name * 3)


def copy_all():
    for name in NAMES:
        shutil.copyfile(f"from/{name}", f"to/{name}")
        print(name, len(NAMES))


copy_all()
for name, title in COPIES.items():
    shutil.copyfile(f"from/{name}.txt", f"named/{name}.txt")
    print(title)
for path in sorted(pathlib.Path("to").rglob("*.txt")):
    print(path, path.read_text())
