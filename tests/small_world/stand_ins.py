"""The world that small programs live in: files, the network, output. All of it in memory.

Everything answers at once, and what it answers is a function of what it is asked; but for the page
`same`, which counts its visitors, and `tally`, a library that nobody describes. Each operation
passes a point; a fault is an exception raised at one point: (operation, what it is about) for what
only reads, (operation, how many before it) for what can be seen.
"""

import collections
import copy
import functools
import io
import itertools
import json
import math
import posixpath
import re
import types


class Fault(Exception):
    """Raised at a point that has no exception of its own."""


class World:
    def __init__(self, fault=None, kind=None, files=()):
        self.fault = fault
        self.kind = kind  # raised in place of the point's own exception
        self.trace = []  # what the outside sees, in order
        self.points = {}  # every point passed, in order
        self.counts = collections.Counter()
        self.requests = collections.Counter()  # as a server sees them, in no order
        self.files = dict(files)
        self.schedule = None  # asked to run pending tasks wherever the program can be overtaken
        self.inside = 0  # tasks that are being executed
        self.open = 0  # files
        self.at_exit = []
        self.remembered = "nothing"
        self.exiting = False  # pools take no more calls

    def point(self, key, error):
        self.points[key] = None
        if key == self.fault:
            raise (self.kind or error)(f"fault at {key}")

    def read(self, operation, about, error=Fault):
        """A read of the outside."""
        self.point((operation, about), error)

    def see(self, operation, about, error=OSError):
        """Something that the outside sees."""
        if self.schedule is not None and not self.inside:
            self.schedule.overtake()
        count = self.counts[operation]
        self.counts[operation] += 1
        self.point((operation, count), error)
        if operation == "print" and self.trace and self.trace[-1][0] == "print":
            about = self.trace.pop()[1] + about  # text: in how many pieces it came nobody sees
        self.trace.append((operation, about))


world = World()


def enter(new):
    global world
    world = new
    fake_os.environ.clear()


# -- output

ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")


def fake_print(*values, sep=" ", end="\n", file=None, flush=False):
    text = sep.join(map(str, values)) + end
    if file is not None:
        file.write(text)
    elif text:
        world.see("print", ADDRESS.sub("at …", text))


# -- files


class File:
    def __init__(self, path, mode, world):
        self.path, self.mode, self.world = path, mode, world
        self.closed = False
        self.world.open += 1
        self.pending = ""
        self.at = 0
        if "w" in mode:
            world.see("create", path)
            world.files[path] = ""
        elif "a" in mode:
            world.see("append", path)
            world.files.setdefault(path, "")
        else:
            world.read("open", path, OSError)
            if path not in world.files:
                raise FileNotFoundError(path)

    def write(self, text):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        self.world.see("write", (self.path, text))
        self.pending += text
        return len(text)

    def flush(self):
        self.world.files[self.path] = self.world.files.get(self.path, "") + self.pending
        self.pending = ""

    def read(self):
        rest = self.world.files[self.path][self.at :]
        self.at += len(rest)
        return rest

    def readline(self):
        text = self.world.files[self.path]
        end = text.find("\n", self.at) + 1 or len(text)
        line = text[self.at : end]
        self.world.read("line", (self.path, self.at), OSError)
        self.at = end
        return line

    def readlines(self):
        return list(self)

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def close(self):
        if not self.closed:
            self.closed = True
            self.world.open -= 1
            if self.pending:
                self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if not getattr(self, "closed", True):
            self.close()

    def __reduce__(self):
        raise TypeError("cannot pickle a file")


def fake_open(path, mode="r", *_, **__):
    return File(str(path), mode, world)


# -- the network


class RequestException(OSError):
    pass


class ConnectionError(RequestException):  # named as requests names it
    pass


class HTTPError(RequestException):
    pass


salt = ""  # answers are others where it is


class Response:
    def __init__(self, url):
        self.url = url
        digest = sum(ord(c) * (i + 1) for i, c in enumerate(url + salt))
        self.status_code = 404 if "missing" in url else 200
        self.ok = self.status_code == 200
        through = fake_os.environ.get("HTTP_PROXY", "")
        self.text = f"<{url[-6:]}:{digest % 7}{through}{salt}>"
        self.content = self.text.encode()
        self.headers = {"Length": str(len(self.text))}

    def json(self):
        return {"url": self.url, "next": None, "n": len(self.url)}

    def raise_for_status(self):
        if not self.ok:
            raise HTTPError(f"404: {self.url}")


def asked(url, params):
    return url if not params else url + "?" + "&".join(f"{k}={v}" for k, v in params.items())


def get(url, params=None, **_):
    url = asked(url, params)
    world.requests[url] += 1
    world.read("get", url, ConnectionError)
    return Response(f"{url}{world.requests[url]}" if url.endswith("/same") else url)


def post(url, data=None, json=None, **_):
    world.see("post", (url, str(data), str(json)), ConnectionError)
    return Response(f"{url}!{data}{json}")


requests = types.ModuleType("requests")
requests.get, requests.post = get, post
requests.Response = Response
requests.RequestException = RequestException
requests.ConnectionError, requests.HTTPError = ConnectionError, HTTPError
requests.exceptions = types.SimpleNamespace(
    RequestException=RequestException, ConnectionError=ConnectionError, HTTPError=HTTPError
)

# -- computing


def fake_gcd(*numbers):
    world.read("gcd", numbers, ArithmeticError)
    return math.gcd(*numbers) + len(salt)


fake_math = types.ModuleType("math")
fake_math.gcd, fake_math.sqrt, fake_math.floor = fake_gcd, math.sqrt, math.floor

# -- a library without a description: it counts, and it remembers


def ask(page):
    world.read("ask", page)
    world.counts["asked"] += 1
    return f"{page}{world.counts['asked']}"


def remember(page):
    world.read("remember", page)
    world.remembered = page


tally = types.ModuleType("tally")
tally.ask, tally.remember = ask, remember
tally.remembered = lambda: world.remembered

# -- the machine

fake_os = types.ModuleType("os")
fake_os.cpu_count = lambda: 2
fake_os.path = posixpath
fake_os.environ = {}
fake_atexit = types.ModuleType("atexit")
fake_atexit.register = lambda function: world.at_exit.append(function) or function
fake_time = types.ModuleType("time")
fake_time.sleep = lambda seconds: None


def plain(module):
    return {"collections": collections, "functools": functools, "itertools": itertools,
            "json": json, "copy": copy}.get(module)  # fmt: skip


MODULES = {
    "requests": requests,
    "math": fake_math,
    "tally": tally,
    "os": fake_os,
    "time": fake_time,
    "atexit": fake_atexit,
    "io": io,
}
