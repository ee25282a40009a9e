import os
import subprocess
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from io import StringIO


def convert(name):
    command = subprocess.Popen(["cp", name, name + ".copy"])
    command.wait()


os.makedirs("in")
for name in "abcdef":
    with open(os.path.join("in", name), "w") as file:
        file.write(name * (ord(name) - 90))

names = sorted(os.listdir("in"))


def look_ahead(calls, limit):
    """Yield each of `calls` in order, with up to `limit` of them made ahead."""
    ahead = deque()
    for call in calls:
        ahead.append(call)
        if len(ahead) > limit:
            yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def convert_name(name):
    return convert(os.path.join("in", name))


pool = ThreadPoolExecutor(max_workers=32)
try:
    for name, pending in look_ahead(
        ((name, pool.submit(convert_name, name)) for name in names), 64
    ):
        pending.result()
finally:
    pool.shutdown(cancel_futures=True)


def run_name(name):
    printed = StringIO()
    try:
        count = subprocess.Popen(["wc", "-c", os.path.join("in", name + ".copy")], stdout=subprocess.PIPE)
        print(count.communicate()[0].decode(), file=printed)
    except BaseException as error:
        return printed.getvalue().splitlines(True), error
    return printed.getvalue().splitlines(True), None


pool = ThreadPoolExecutor(max_workers=32)
try:
    for name, pending in look_ahead(((name, pool.submit(run_name, name)) for name in names), 64):
        printed, error = pending.result()
        print(*printed, sep="", end="")
        if error is not None:
            raise error
finally:
    pool.shutdown(cancel_futures=True)


def read_name(name):
    return os.popen("cat " + os.path.join("in", name)).read()


pool = ThreadPoolExecutor(max_workers=32)
try:
    for name, pending in look_ahead(((name, pool.submit(read_name, name)) for name in names), 64):
        print(pending.result())
finally:
    pool.shutdown(cancel_futures=True)
started = [subprocess.Popen(["rm", os.path.join("in", name)]) for name in names]
for each in started:
    print(each.wait())
print(sorted(os.listdir("in")))
