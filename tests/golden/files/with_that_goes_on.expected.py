import copyreg
import hashlib
import json
import os
import pickle
from collections import deque
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice

import requests


def builtin_base(kind):
    while kind.__module__ != "builtins":
        kind = kind.__base__
    return kind


def rebuild_error(kind, arguments, fields, state):
    base = builtin_base(kind)
    error = base.__new__(kind, *arguments)
    error.args = arguments
    for name, value in fields.items():
        getattr(base, name).__set__(error, value)
    error.__dict__.update(state)
    return error


def reduce_error(error):
    base = builtin_base(type(error))
    fields = {}  # what its builtin base keeps beside its arguments, as OSError does errno
    for kind in base.__mro__:
        for name, field in kind.__dict__.items():
            if name[0] == "_" or not hasattr(field, "__set__"):
                continue
            try:
                value = field.__get__(error)
            except AttributeError:
                continue
            if value is not None and name not in ("args", "obj", "message", "exceptions"):
                fields[name] = value
    return rebuild_error, (type(error), error.args, fields, error.__dict__)


def make_portable(error):
    """See that `error` survives the way back from a worker process."""
    try:
        copy = pickle.loads(pickle.dumps(error))
        same = reduce_error(copy) == reduce_error(error) and str(copy) == str(error)
    except Exception:
        same = False
    if not same:
        copyreg.pickle(type(error), reduce_error)


def call_in_worker(function, /, *arguments, **keywords):
    """Call `function` in a worker process."""
    try:
        return function(*arguments, **keywords)
    except BaseException as error:
        make_portable(error)
        raise


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


class Outcome:
    """What a call gave, or how it failed."""

    def __init__(self, value, error):
        self.value = value
        self.error = error

    def result(self):
        if self.error is None:
            return self.value
        try:
            raise self.error
        finally:
            self = None  # else the exception would hold itself


def run_chunk(function, chunk):
    """Call `function` with each of the arguments in `chunk`."""
    outcomes = []
    for arguments in chunk:
        try:
            outcomes.append((function(*arguments), None))
        except (Exception, SystemExit) as error:
            outcomes.append((None, error.with_traceback(None)))
    return outcomes


def submit_chunks(pool, function, calls):
    """Yield chunks of `calls`, which grow, with their pending outcomes."""
    made = 0
    while chunk := list(islice(calls, min(1 + made // 128, 1000))):
        made += len(chunk)
        arguments = [each for _, each in chunk]
        yield chunk, pool.submit(run_chunk, function, arguments)


def call_in_chunks(pool, function, calls, limit):
    """Yield the item of each of `calls`, in order, with the outcome."""
    for chunk, pending in look_ahead(submit_chunks(pool, function, calls), limit):
        for (item, _), (value, error) in zip(chunk, pending.result()):
            yield item, Outcome(value, error)


def process_name(name):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def load_all(names):
    rows = []
    pool = ProcessPoolExecutor()
    try:
        for name, pending in call_in_chunks(
            pool,
            call_in_worker,
            ((name, (process_name, name)) for name in names),
            2 * (os.cpu_count() or 1),
        ):
            try:
                print("reading", name)
                data = pending.result()

                # What is done with it needs the file no more.
                if "text" not in data:
                    print(f"""no text
in {name}""")
                    continue
                rows.append(
                    {
                        "name": name,
                        "text": data["text"].strip(),
                    }
                )
            except OSError as error:
                print(name, error.strerror)
    finally:
        pool.shutdown(cancel_futures=True)
    return rows


def process_item(name):
    digests = {}
    with open(name, "rb") as file:
        digest = hashlib.md5(file.read()).hexdigest()
        digests[file.name] = digest
    return digests


def digests(names):
    digests = {}
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(process_item, name)) for name in names), 64
        ):
            digests.update(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)
    return digests


def fetch_name(name):
    return requests.get(f"http://host/{name}", timeout=5)


def fetch_all(names):
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        for name, pending in look_ahead(
            ((name, pool.submit(fetch_name, name)) for name in names), 64
        ):
            with pending.result() as reply:
                text = reply.text
                print(name, len(text))
    finally:
        pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    with open("a.json", "w") as file:
        json.dump({"text": " ant "}, file)
    with open("b.json", "w") as file:
        json.dump([], file)
    print(load_all(["a.json", "b.json", "c.json"]))
    print(len(digests(["a.json", "b.json"])))
    fetch_all(["ant", "bee"])
