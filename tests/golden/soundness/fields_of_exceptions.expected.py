import copyreg
import os
import pickle
from concurrent.futures import ProcessPoolExecutor


class Gone(FileNotFoundError):
    def __init__(self, name):
        super().__init__(2, "gone", name)


class Bad(SyntaxError):
    def __init__(self, token, line):
        super().__init__("unexpected " + token, ("a.txt", line, 3, token))
        self.token = token


class Odd(UnicodeDecodeError):
    def __init__(self, data):
        super().__init__("ascii", data, 1, 2, "odd")


class Done(StopIteration):
    def __init__(self, a, b):
        super().__init__(a + b)


def work(kind, n):
    total = 0
    for i in range(n * 2000):
        total += i
    if n == 3 and kind == "file":
        raise Gone("a.txt")
    if n == 3 and kind == "syntax":
        raise Bad("(", 7)
    if n == 3 and kind == "text":
        raise Odd(b"ab")
    if n == 3 and kind == "stop":
        raise Done(1, 2)
    return total


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


def share_inputs(*values):
    """Give this worker process what all calls read."""
    global kind
    (kind,) = values


def work_item(n):
    return work(kind, n)


def show(kind):
    pool = ProcessPoolExecutor(
        max_workers=min(6, os.cpu_count() or 1),
        initializer=share_inputs,
        initargs=(kind,),
    )
    try:
        calls = [pool.submit(call_in_worker, work_item, n) for n in range(6)]
        for n, pending in zip(range(6), calls):
            print(pending.result())
    finally:
        pool.shutdown(cancel_futures=True)


def main():
    try:
        show("file")
    except OSError as error:
        print(error, error.args, error.errno, error.filename)
    try:
        show("syntax")
    except SyntaxError as error:
        print(error, error.args, error.lineno, error.text, error.token)
    try:
        show("text")
    except UnicodeError as error:
        print(error, error.args, error.object, error.start)
    try:
        show("stop")
    except StopIteration as error:
        print(error, error.args, error.value)


if __name__ == "__main__":
    main()
