import time
from concurrent.futures import ThreadPoolExecutor
from io import StringIO


def pause(seconds, *, printed=None):
    print("  wait", seconds, file=printed)
    time.sleep(seconds)
    print("  waited", flush=True, file=printed)


def work(name, *, times=2, printed=None):
    print("begin", name, file=printed)
    pause(0.02, printed=printed)
    if name == "last":
        raise SystemError(name)
    for _ in range(times):
        pause(0.01, printed=printed)
    return len(name)


total = 0


def keep_output(function, /, *arguments, **keywords):
    """Call `function`; return what it gave, printed and raised."""
    printed = StringIO()
    try:
        result = function(*arguments, printed=printed, **keywords)
    except BaseException as error:
        return None, printed.getvalue().splitlines(True), error
    return result, printed.getvalue().splitlines(True), None


def replay(outcome):
    """Print what a call printed, then return what it gave or raise what it raised."""
    result, printed, error = outcome
    print(*printed, sep="", end="", flush=True)
    if error is not None:
        raise error
    return result


pool = ThreadPoolExecutor(max_workers=3)
try:
    calls = [pool.submit(keep_output, work, name) for name in ["one", "two", "three"]]
    for name, pending in zip(["one", "two", "three"], calls):
        total += replay(pending.result())
finally:
    pool.shutdown(cancel_futures=True)
print(total)
try:
    pool = ThreadPoolExecutor(max_workers=3)
    try:
        futures = [
            pool.submit(keep_output, work, name, times=1)
            for name in ["four", "last", "five"]
        ]
        for name, pending in zip(["four", "last", "five"], futures):
            print(name, replay(pending.result()))
    finally:
        pool.shutdown(cancel_futures=True)
except SystemError as error:
    print("stopped at", error)
work("alone")
