import copyreg
import os
import pickle
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from itertools import islice


class Refused(Exception):
    def __init__(self, n, why):
        super().__init__(f"{n}: {why}")
        self.n = n


def weigh(n):
    total = 0
    for i in range(n % 40 + 300):
        total += i * n
    if n % 600 == 599:
        raise Refused(n, "too heavy")
    return total // (n - 1900)


def numbers(last):
    for n in range(last):
        yield n


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
    try:
        for call in calls:
            ahead.append(call)
            if len(ahead) > limit:
                yield ahead.popleft()
    except (Exception, SystemExit):
        while ahead:  # what came before the exception comes first
            yield ahead.popleft()
        raise
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
    while True:
        chunk, failure = [], None
        try:
            for call in islice(calls, min(1 + made // 128, 1000)):
                chunk.append(call)
        except (Exception, SystemExit) as error:
            failure = error  # what came before it comes first
        made += len(chunk)
        arguments = [each for _, each in chunk]
        if chunk:
            yield chunk, pool.submit(run_chunk, function, arguments)
        if failure is not None:
            raise failure
        if not chunk:
            return


def call_in_chunks(pool, function, calls, limit):
    """Yield the item of each of `calls`, in order, with the outcome."""
    for chunk, pending in look_ahead(submit_chunks(pool, function, calls), limit):
        for (item, _), (value, error) in zip(chunk, pending.result()):
            yield item, Outcome(value, error)


if __name__ == "__main__":
    refused = []
    pool = ProcessPoolExecutor()
    try:
        for n, pending in call_in_chunks(
            pool,
            call_in_worker,
            ((n, (weigh, n)) for n in numbers(2500)),
            2 * (os.cpu_count() or 1),
        ):
            try:
                weight = pending.result()
            except Refused as error:
                refused.append(error.n)
                print("refused", error, refused)
                continue
            if n % 400 == 0:
                print(n, weight)
    finally:
        pool.shutdown(cancel_futures=True)
