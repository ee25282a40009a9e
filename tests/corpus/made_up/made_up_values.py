"""Third-party modules that answer anything, the same for the same question.

A `Thing` is a string, so that scripts can print it, join it and name files after it, and all else
that scripts take it for: a page, a table, a number, a connection. What it is follows from its path
alone, the way of attributes, keys and calls that led to it, and never from when or where it was
asked. Each call takes a random short time, so that threads overtake each other; if MADE_UP_WAIT is
set, calls of what waits for something outside take that many seconds, and others none. A thing that
is iterated has MADE_UP_ITEMS items.
"""

import hashlib
import importlib.abc
import importlib.machinery
import os
import random
import sys
import threading
import time
import types

WEATHER = os.environ.get("MADE_UP_WEATHER", "calm")
WAIT = float(os.environ.get("MADE_UP_WAIT", "0"))
ITEMS = int(os.environ.get("MADE_UP_ITEMS", "4"))
LONGEST_PATH = 400
really_open = open
really_sleep = time.sleep
_moment = random.Random(os.getpid())
_writing = threading.Lock()

# Calls that others could notice: their order counts.
SEEN = frozenset(
    "post put delete patch write save send sendmail send_message append to_csv insert execute "
    "commit upload_file put_object imwrite imshow download writerow add update pop remove "
    "paste".split()
)


# Modules whose functions, and whose objects' methods, wait for something outside.
OUTSIDE = frozenset(
    "requests httpx urllib3 openai anthropic cv2 PIL librosa soundfile pydub netmiko paramiko "
    "boto3 pytube yt_dlp wget googletrans moviepy pandas".split()
)


def number_of(text):
    return int(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8], 16)


def take_a_moment(outside=True):
    if WAIT:
        really_sleep(WAIT if outside else 0)
    else:
        really_sleep(_moment.random() * 0.004)


def is_outside(path):
    """Whether calling what this path leads to waits: a function, or a method of a made object."""
    callee, _, name = path.rpartition(".")
    made = callee.partition("(")[0].rpartition(".")[2]
    if callee.partition(".")[0].partition("(")[0] not in OUTSIDE or name[:1].isupper():
        return False
    return "(" not in callee or made[:1].isupper() or made in ("session", "client", "resource")


def note(what):
    line = what.replace("\n", " ")[:LONGEST_PATH] + "\n"
    with _writing, really_open(os.environ["MADE_UP_JOURNAL"], "a", encoding="utf-8") as journal:
        journal.write(line)


def fails_at(path, weather):
    """In its weather one question in nine fails, always the same ones."""
    return weather == WEATHER and number_of(path) % 9 == 0


def told(value):
    """A value as a part of a path: without addresses, which differ from run to run."""
    if isinstance(value, Thing):
        return f"<{number_of(value.path):x}>"
    if isinstance(value, (str, bytes, int, float, type(None))):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(told, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{told(key)}:{told(each)}' for key, each in value.items())}}}"
    return type(value).__name__


def number(other):
    return int(other) if isinstance(other, Thing) else other


class Thing(str):
    def __new__(cls, path):
        self = str.__new__(cls, f"t{number_of(path) % 0xFFFFFF:06x}")
        if len(path) > LONGEST_PATH:
            path = f"{path[:60]}~{number_of(path):x}"
        object.__setattr__(self, "path", path)
        return self

    def __reduce__(self):
        return Thing, (self.path,)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "status_code":
            return 404 if number_of(self.path) % 5 == 0 else 200
        if name == "ok":
            return True
        if name == "content":
            return f"content of {self}".encode()
        return Thing(f"{self.path}.{name}")

    def __call__(self, *values, **named):
        take_a_moment(not WAIT or is_outside(self.path))
        given = [*map(told, values), *(f"{name}={told(each)}" for name, each in named.items())]
        path = f"{self.path}({','.join(given)})"
        if fails_at(path, "storm") and ("requests" in path or "client" in path):
            raise OSError(f"storm {number_of(path)}")
        name = self.path.rpartition(".")[2]
        if name in SEEN:
            note(f"call {path}")
        if name in ("raise_for_status", "close"):
            return None
        if name == "read":
            return f"bytes of {Thing(path)}".encode()
        if name == "iter_content":
            return [b"first", f"second of {Thing(path)}".encode()]
        return Thing(path)

    def find(self, *values, **named):
        return Thing(f"{self.path}.find({told(values)},{told(named)})")

    def items(self):
        return [(Thing(f"{self.path}.key{i}"), Thing(f"{self.path}.value{i}")) for i in range(3)]

    def keys(self):
        return [key for key, _ in self.items()]

    def values(self):
        return [value for _, value in self.items()]

    def iterrows(self):
        return [(i, Thing(f"{self.path}.row{i}")) for i in range(ITEMS)]

    def __getitem__(self, key):
        if isinstance(key, slice):
            return str(self)[key]
        path = f"{self.path}[{told(key)}]"
        if fails_at(path, "frost"):
            raise KeyError(key)
        return Thing(path)

    def __setitem__(self, key, value):
        note(f"set {self.path}[{told(key)}] = {told(value)}")

    def __setattr__(self, name, value):
        note(f"set {self.path}.{name} = {told(value)}")

    def __iter__(self):
        return iter([Thing(f"{self.path}#{i}") for i in range(ITEMS)])

    def __len__(self):
        return ITEMS

    def __bool__(self):
        return True

    def __int__(self):
        return number_of(self.path) % 5 + 1

    __index__ = __int__

    def __float__(self):
        return float(int(self))

    def __round__(self, digits=None):
        return int(self)

    def __neg__(self):
        return -int(self)

    def __add__(self, other):
        return str(self) + other if isinstance(other, str) else int(self) + other

    def __radd__(self, other):
        return other + str(self) if isinstance(other, str) else other + int(self)

    def __sub__(self, other):
        return int(self) - number(other)

    def __rsub__(self, other):
        return other - int(self)

    def __mul__(self, other):
        return int(self) * number(other)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return int(self) / number(other)

    def __rtruediv__(self, other):
        return other / int(self)

    def __floordiv__(self, other):
        return int(self) // number(other)

    def __lt__(self, other):
        return str.__lt__(self, other) if isinstance(other, str) else int(self) < other

    def __gt__(self, other):
        return str.__gt__(self, other) if isinstance(other, str) else int(self) > other

    def __le__(self, other):
        return not self > other

    def __ge__(self, other):
        return not self < other

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return None


class MadeUpModule(types.ModuleType):
    exceptions = {}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name[0].isupper() and name.endswith(("Error", "Exception", "Warning", "Timeout")):
            if name in ("ConnectionError", "RequestException", "Timeout", "HTTPError"):
                return OSError
            return self.exceptions.setdefault(name, type(name, (OSError,), {}))
        if name in ("tqdm", "track"):
            return lambda items, *values, **named: items
        return Thing(f"{self.__name__}.{name}")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module that is not the standard library's."""

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top.startswith(("__", "made_up")) or top == "script":
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = MadeUpModule(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module):
        pass


def install():
    sys.meta_path.insert(0, Finder())
    random.seed(1)
