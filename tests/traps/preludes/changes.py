"""What the statements of programs/106.txt use: each changes `notes` in a way of its own."""
import contextlib
import functools
import itertools
import heapq
import re
import json
import threading
import concurrent.futures
import multiprocessing.dummy
import asyncio
import weakref
import collections
import operator
import queue
import types
import copy
import sys
import csv
import logging
import html.parser
import argparse
import string
import io
import sqlite3
import unittest.mock
import pickle
import abc
import dataclasses

import requests

def add(to, n):
    to.append(n)
notes = []
class Odd:
    pass
class Odd2(Exception):
    def __init__(self, to):
        self.to = to
async def co(to, n):
    to.append(n)
async def asyncio_main(to, n):
    await asyncio.to_thread(add, to, n)
q = queue.Queue()
P = collections.namedtuple("P", "to n")
@dataclasses.dataclass
class D:
    to: list
@dataclasses.dataclass
class D2:
    to: list
    n: int
    def __post_init__(self):
        self.to.append(self.n)
@functools.singledispatch
def sd(to, n):
    pass
@sd.register(list)
def _(to, n):
    to.append(n)
@functools.lru_cache(maxsize=None)
def cached(n):
    return notes
def make_counter():
    def counter(n):
        notes.append(n)
    return counter
counter = make_counter()
holder = Odd()
holder.to = notes
class Held:
    to = notes
class W2:
    def __init__(self, to):
        self.to = to
    def write(self, text):
        self.to.append(text)
class Emit(logging.Handler):
    def emit(self, record):
        notes.append(record.args)
log = logging.getLogger("x")
log.propagate = False
log.addHandler(Emit())
class H(html.parser.HTMLParser):
    def __init__(self, to):
        super().__init__()
        self.to = to
    def handle_starttag(self, tag, attrs):
        self.to.append(tag)
def told(text):
    notes.append(text)
ap = argparse.ArgumentParser()
ap.add_argument("--n", type=told)
class Mp(dict):
    def __init__(self, to):
        super().__init__(a=1)
        self.to = to
    def __getitem__(self, k):
        self.to.append(k)
        return "v"
    def keys(self):
        self.to.append(2)
        return ["a"]
class Box3:
    def __init__(self, to):
        self.to = to
    def __radd__(self, n):
        self.to.append(n)
        return 1
def gen(to, n):
    to.append(n)
    yield str(n)
db = sqlite3.connect(":memory:", check_same_thread=False)
db.create_function("f", 1, lambda n: notes.append(n))
class Red:
    def __init__(self, to):
        self.to = to
    def __reduce__(self):
        self.to.append(1)
        return (int, ())
class Dc:
    def __init__(self, to):
        self.to = to
    def __deepcopy__(self, memo):
        self.to.append(1)
        return 1
class Abc(abc.ABC):
    @classmethod
    def __subclasshook__(cls, other):
        notes.append(1)
        return False
class Reg:
    def __init_subclass__(cls):
        notes.append(1)
class Nm:
    def __init__(self, to):
        self.to = to
    def __set_name__(self, owner, name):
        self.to.append(1)
class Made(type):
    def __init__(cls, *a):
        notes.append(1)
