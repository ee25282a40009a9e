"""Files: what a script looks for is there, and nothing outside the box is touched."""

import builtins
import glob
import json
import os
import sys
import threading

from made_up_values import ITEMS, fails_at, really_open

BOX = os.environ.get("MADE_UP_BOX", "")
REAL = (BOX, sys.prefix, sys.base_prefix, "/usr/lib", "/dev/", "/proc/")
KINDS = "txt csv json jpg png mp4 wav zip pdf log xml mp3".split()
PATH_FUNCTIONS = (
    *(
        (os, name)
        for name in "mkdir makedirs remove unlink rmdir rename replace stat lstat".split()
    ),
    *((os.path, name) for name in "exists isfile isdir getsize getmtime getctime".split()),
)
_filling = threading.local()


def boxed(path):
    """The path inside the box; Python's own files are where they are."""
    if isinstance(path, (int, bytes)):
        return path
    text = os.fspath(path)
    if os.path.isabs(text) and not text.startswith(REAL):
        return f"{BOX}/absolute{text}"
    return str(text)


def text_for(name):
    if name.endswith(".json"):
        return json.dumps({f"k{i}": {"a": i, "b": [1, 2, i]} for i in range(ITEMS)})
    if name.endswith(".csv"):
        return "name,url,x\n" + "".join(f"n{i},http://h/{i},{i}\n" for i in range(ITEMS))
    last = os.path.basename(name)
    return "".join(f"line {i} of {last}, word{i} http://h/{i}\n" for i in range(ITEMS))


def write(path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with really_open(path, "w", encoding="utf-8") as file:
        file.write(text_for(path))


def fill(folder):
    if os.path.isdir(folder) or getattr(_filling, "on", False):
        return
    _filling.on = True
    for kind in KINDS:
        for i in range(ITEMS // 2):
            write(os.path.join(folder, f"file{i}.{kind}"))
    _filling.on = False


def is_pythons(path):
    return isinstance(path, str) and path.startswith(REAL[1:])


def open_boxed(path, mode="r", *values, **named):
    place = boxed(path)
    if isinstance(place, str) and not is_pythons(place):
        if fails_at(os.path.basename(place), "flood"):
            raise OSError(f"flooded {os.path.basename(place)}")
        if "r" in mode and not os.path.exists(place):
            write(place)
        os.makedirs(os.path.dirname(os.path.abspath(place)), exist_ok=True)
    return really_open(place, mode, *values, **named)


def wrap(module, name):
    real = getattr(module, name)

    def with_boxed(path=".", *values, **named):
        if name in ("rename", "replace") and values:
            values = (boxed(values[0]), *values[1:])
        return real(boxed(path), *values, **named)

    setattr(module, name, with_boxed)


def install():
    builtins.open = open_boxed
    for module, name in PATH_FUNCTIONS:
        wrap(module, name)
    list_folder, walk, enter, find = os.listdir, os.walk, os.chdir, glob.glob

    def list_boxed(path="."):
        place = boxed(path)
        if not is_pythons(place):
            fill(place)
        return sorted(list_folder(place))

    def walk_boxed(top, *values, **named):
        place = boxed(top)
        fill(place)
        for folder, folders, names in walk(place, *values, **named):
            folders.sort()
            names.sort()
            yield folder, folders, names

    def enter_boxed(path):
        place = boxed(path)
        os.makedirs(place, exist_ok=True)
        enter(place)

    def find_boxed(pattern, **named):
        place = boxed(pattern)
        if "*" in place and not find(place, **named):
            for i in range(ITEMS):
                write(place.replace("**", f"folder{i}").replace("*", f"found{i}"))
        return sorted(find(place, **named))

    os.listdir, os.walk, os.chdir, glob.glob = list_boxed, walk_boxed, enter_boxed, find_boxed
