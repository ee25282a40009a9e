"""What the expressions of programs/107.txt use: each looks at `notes` in a way of its own."""
import base64
import bisect
import collections
import contextlib
import copy
import dataclasses
import functools
import hashlib
import heapq
import itertools
import json
import math
import operator
import os
import pickle
import pprint
import reprlib
import statistics
import string
import struct
import sys
import textwrap
import types
import weakref
import zlib
import array

import requests

notes = []
alias = notes
table = {"k": notes}
nested = [[notes]]
table_of_lists = {"a": [notes]}
class Holder:
    pass
holder = Holder()
holder.to = notes
P = collections.namedtuple("P", "to")
@dataclasses.dataclass
class D:
    to: list
def size():
    return len(notes)
def size_of(to):
    return len(to)
def size_default(to=notes):
    return len(to)
def size_kw(*, to):
    return len(to)
def size_star(*to):
    return len(to)
def size_all(*to):
    return len(to[0])
def size_kws(**to):
    return len(to["to"])
class Box:
    to = notes
    def size(self):
        return len(self.to)
    @property
    def prop(self):
        return len(self.to)
    @staticmethod
    def size_static():
        return len(notes)
    @classmethod
    def size_class(cls):
        return len(cls.to)
    def __getitem__(self, k):
        return len(self.to)
    def __len__(self):
        return len(self.to)
    def __str__(self):
        return str(self.to)
def shown(x):
    return f"<{x}>"
def first(x):
    return x[:1]
def last_of(x):
    while x and isinstance(x[-1], list):
        x = x[-1]
    return x
class Weak:
    @property
    def to(self):
        return len(self.ref())
class Listy(list):
    pass
weak = Weak()
weak.ref = lambda: notes
def gen_len():
    return sum(1 for _ in notes)
def gen(to):
    yield len(to)
class Cached:
    @property
    def size(self):
        return self.count()
    def count(self):
        return len(notes)
cached_property_box = Cached()
def make():
    kept = notes
    def counter():
        return len(kept)
    return counter
counter = make()
def log_of(to):
    return {"n": to}
class Base:
    def __init__(self, to):
        self.to = to
    def total(self):
        return self.count()
class Sub(Base):
    def count(self):
        return len(self.to)
class Stack:
    @classmethod
    def of(cls, to):
        self = cls()
        self.items = to
        return self
    def top(self):
        return self.items[-1:]
@contextlib.contextmanager
def opened(to):
    yield len(to)
def with_context(to):
    with opened(to) as n:
        return n
handler = {"size": len}
methods = [notes.__len__]
