import copyreg
import pickle

from joblib import Parallel, delayed


class Odd(Exception):
    def __init__(self, number, why):
        super().__init__(f"{number}: {why}")
        self.number = number


def weigh(number):
    total = 0
    for step in range(30000):
        total = (total * 31 + step + number) % 1000003
    if number == 5:
        raise Odd(number, "five")
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


def attempt(function, /, *arguments, **keywords):
    """Call `function`: what it returned and None, or None and what it raised."""
    try:
        return function(*arguments, **keywords), None
    except BaseException as error:
        return None, error


def result_of(outcome):
    """What the call returned; what it raised is raised here."""
    result, error = outcome
    try:
        if error is not None:
            raise error
        return result
    finally:
        del outcome, error  # else the exception would hold itself


def stop_calls(calls, outcomes):
    """Begin no more of `calls`, and wait for those that run."""
    calls.clear()
    try:
        for _ in outcomes:
            pass
    except Exception:
        pass  # nobody asks any more what became of them


def main():
    try:
        calls = [
            delayed(attempt)(call_in_worker, weigh, number) for number in range(8)
        ]
        outcomes = Parallel(n_jobs=-1, backend="loky", return_as="generator")(calls)
        try:
            for number, outcome in zip(range(8), outcomes):
                total = result_of(outcome)
                print(number, total)
        finally:
            stop_calls(calls, outcomes)
    except Odd as problem:
        print(problem, problem.number, number)


if __name__ == "__main__":
    main()
