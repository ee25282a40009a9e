import copyreg
import os
import pickle
from concurrent.futures import ProcessPoolExecutor


class E(Exception):
    def __init__(self, a, b):
        super().__init__(a + b)
        self.a = a
        self.b = b
def work(n):
    t = 0
    for i in range(n * 2000):
        t += i
    if n == 3:
        raise E("x", "y")
    return t


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


if __name__ == "__main__":
    try:
        pool = ProcessPoolExecutor(max_workers=min(6, os.cpu_count() or 1))
        try:
            calls = [pool.submit(call_in_worker, work, n) for n in range(6)]
            for n, pending in zip(range(6), calls):
                print(pending.result())
        finally:
            pool.shutdown(cancel_futures=True)
    except E as e:
        print(e, e.a, e.b, e.args)
