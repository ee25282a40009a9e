"""Functions that print around what they compute: workers tell them where to."""

import copyreg
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from io import StringIO


class Odd(Exception):
    def __init__(self, left, right):
        super().__init__(left + right)


def note(*words, mark="-", printed=None):
    print(mark, *words, file=printed)


def smooth(n, *, printed=None):
    print("smooth", n, end="", file=printed)
    for k in range(20000):
        n += k % 3
    print(
        "",
        n,
        sep=": ",
        file=printed,
    )
    return n


def check(n, *, printed=None):
    note("check", n, printed=printed)
    if smooth(n, printed=printed) % 5 == 3:
        raise Odd("odd", str(n))
    return n % 2 == 0


def depth(n, *, printed=None):
    if n == 0:
        note("ground", mark="=", printed=printed)
        return 0
    return 1 + depth(n - 1, printed=printed)


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


def keep_output_in_worker(function, /, *arguments, **keywords):
    """Call `function`; return what it gave, printed and raised."""
    printed = StringIO()
    try:
        result = function(*arguments, printed=printed, **keywords)
    except BaseException as error:
        make_portable(error)
        return None, printed.getvalue().splitlines(True), error
    return result, printed.getvalue().splitlines(True), None


def replay(outcome):
    """Print what a call printed, then return what it gave or raise what it raised."""
    result, printed, error = outcome
    print(*printed, sep="", end="")
    if error is not None:
        raise error
    return result


def main():
    good, odd = [], 0
    pool = ProcessPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
    try:
        calls = [pool.submit(keep_output_in_worker, check, n) for n in range(8)]
        for n, pending in zip(range(8), calls):
            try:
                if replay(pending.result()):
                    good.append(n)
                else:
                    print("no")
            except Odd as error:
                odd += 1
                print("odd:", error, error.args)
    finally:
        pool.shutdown(cancel_futures=True)
    print(good, odd)
    pool = ProcessPoolExecutor(max_workers=min(3, os.cpu_count() or 1))
    try:
        print([
            replay(pending.result())
            for pending in [
                pool.submit(keep_output_in_worker, smooth, n) for n in range(3)
            ]
        ])
    finally:
        pool.shutdown(cancel_futures=True)
    pool = ProcessPoolExecutor(max_workers=min(4, os.cpu_count() or 1))
    try:
        print([
            replay(pending.result())
            for pending in [
                pool.submit(keep_output_in_worker, depth, n) for n in range(4)
            ]
        ])
    finally:
        pool.shutdown(cancel_futures=True)
    note("done")


if __name__ == "__main__":
    main()
