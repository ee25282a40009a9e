"""The names that sample expressions see."""

import abc, argparse, array, atexit, base64, binascii, bisect, bz2, calendar, cmath  # noqa: E401
import collections, configparser, contextlib, copy, csv, dataclasses, datetime, decimal  # noqa: E401
import difflib, enum, errno, fnmatch, fractions, functools, gc, getpass, glob, gzip  # noqa: E401
import hashlib, heapq, hmac, importlib, inspect, io, itertools, json, locale, logging  # noqa: E401
import lzma, math, operator, os, pathlib, pickle, platform, posixpath, pprint, random, re  # noqa: E401
import secrets, shelve, shutil, signal, stat, statistics, string, struct, sys, tarfile  # noqa: E401
import tempfile, textwrap, time, traceback, types, typing, unicodedata, uuid, warnings  # noqa: E401
import weakref, zipfile, zlib  # noqa: E401
import zoneinfo, importlib.metadata, importlib.resources, importlib.util  # noqa: E401,F401


def FUNCTION(*args):  # noqa: N802
    return args[0] if args else 0


def TWO(a, b=1):  # noqa: N802
    return a + b if isinstance(a, (int, str)) and type(a) is type(b) else 0


def GENERATOR():  # noqa: N802
    held = yield [1]
    yield held


class KIND:
    """A class of a script."""


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Perm(enum.Flag):
    R = 1
    W = 2


@dataclasses.dataclass
class Point:
    x: object
    y: object


class Proto(typing.Protocol):
    def walk(self): ...


def CONFIG():  # noqa: N802
    parser = configparser.ConfigParser()
    parser.read_string("[one]\na = 1\nb = x\n")
    return parser


def PARSER():  # noqa: N802
    parser = argparse.ArgumentParser(prog="p")
    parser.add_argument("name")
    return parser


def CLOSED(file):  # noqa: N802
    file.close()
    return file


def RELEASED(view):  # noqa: N802
    view.release()
    return view
