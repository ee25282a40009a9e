"""Which files have the same contents: by size first, then by what is in them."""

import hashlib
import logging
import pathlib
from collections import defaultdict

log = logging.getLogger("same_contents")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def find(folder):
    by_size = defaultdict(list)
    first = {}
    same = defaultdict(set)
    for path in sorted(pathlib.Path(folder).iterdir()):
        by_size[path.stat().st_size].append(path.name)
    for size, names in by_size.items():
        if len(names) < 2:
            continue
        for name in names:
            try:
                found = digest(f"{folder}/{name}")
                if found in first:
                    same[first[found]].add(name)
                else:
                    first[found] = name
            except OSError:
                log.warning("cannot read %s", name)
                continue
    return same


folder = pathlib.Path("letters")
folder.mkdir()
for number in range(9):
    (folder / f"{number}.txt").write_text("ab"[number % 2] * (number // 4))
for name, others in find(folder).items():
    print(name, sorted(others))
