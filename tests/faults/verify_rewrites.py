# ruff: noqa: E501
"""Rewritings made by hand, wrong and right ones, that `verify` has to tell apart.

Each case is (name, original, rewritten). The originals are reproducible.
"""

FETCH = """import time


def fetch(page):
    time.sleep(0.02 if page % 3 == 0 else 0.002)
    return f"text {page}"


"""
THREADS = "from concurrent.futures import ThreadPoolExecutor, as_completed, wait\n"
PROCESSES = "from concurrent.futures import ProcessPoolExecutor\n"

ROWS = (
    FETCH
    + """rows = []
for page in range(6):
    rows.append(fetch(page))
print(rows)
"""
)
FILES = (
    FETCH
    + """for page in range(6):
    text = fetch(page)
    with open(f"{page}.txt", "w") as file:
        file.write(text)
print("done")
"""
)
FAILING = """import time


def fetch(page):
    time.sleep(0.002)
    if page == 3:
        raise ValueError(f"page {page} is gone")
    return f"text {page}"


rows = []
try:
    for page in range(6):
        text = fetch(page)
        with open(f"{page}.txt", "w") as file:
            file.write(text)
        rows.append(page)
except ValueError as error:
    print("failed at", page, error, rows)
"""
UNCAUGHT = FAILING.replace("try:\n    for", "if True:\n    for").partition("except")[0]
SUMS = """def term(n):
    return 1.0 / (n * n + 1)


def main():
    total = 0.0
    for n in range(200):
        total += term(n)
    print(repr(total))


if __name__ == "__main__":
    main()
"""
SQUARES = """def square(n):
    return n * n


def main():
    found = {}
    for n in [3, 1, 2, 5, 4, 0]:
        found[n] = square(n)
    print(found)


if __name__ == "__main__":
    main()
"""
COUNTER = (
    FETCH
    + """number = 0
for page in [5, 3, 9, 1]:
    number += 1
    with open(f"file{number}.txt", "w") as file:
        file.write(fetch(page))
"""
)
RANDOM = (
    FETCH
    + """import random

random.seed(4)
for page in range(6):
    print(page, fetch(page), random.random())
"""
)
SHUFFLE = (
    FETCH
    + """import random

for page in range(6):
    print(page, fetch(page), random.randrange(1000))
"""
)
LOG = (
    FETCH
    + """with open("log.txt", "w") as log:
    for page in range(6):
        log.write(fetch(page) + "\\n")
"""
)
PREVIOUS = (
    FETCH
    + """previous = ""
for page in range(6):
    text = fetch(page)
    print(len(previous), text)
    previous = text
"""
)
VISITED = (
    FETCH
    + """seen = set()
for page in [1, 2, 1, 3, 2, 4]:
    if page in seen:
        continue
    seen.add(page)
    print(fetch(page))
"""
)
BREAK = (
    FETCH
    + """for page in range(8):
    text = fetch(page)
    with open(f"{page}.txt", "w") as file:
        file.write(text)
    if page == 3:
        break
else:
    print("all")
print("last", page)
"""
)
LIMIT = """import sys

LIMIT = 10


def work(n):
    return n * LIMIT


if __name__ == "__main__":
    LIMIT = 7
    for n in range(4):
        print(work(n))
"""
CUSTOM = """class Gone(Exception):
    def __init__(self, name, code):
        super().__init__(f"{name}: {code}")
        self.code = code


def work(n):
    if n == 2:
        raise Gone("two", 404)
    return n


if __name__ == "__main__":
    try:
        for n in range(4):
            print(work(n))
    except Gone as gone:
        print("gone", gone.code)
"""
MUTATES = """records = [{"n": n} for n in range(5)]


def fill(record):
    record["square"] = record["n"] ** 2


if __name__ == "__main__":
    for record in records:
        fill(record)
    print(records)
"""
SENTINEL = """MISSING = object()


def find(n):
    return MISSING if n % 2 else n


if __name__ == "__main__":
    for n in range(5):
        found = find(n)
        print("missing" if found is MISSING else found)
"""
EXIT = """import sys
import time


def check(n):
    time.sleep(0.002)
    if n == 3:
        sys.exit(4)
    return n


for n in range(6):
    print(check(n))
"""
NEXT = """def first(n):
    return next(x for x in range(n) if x == 2)


for n in [5, 4, 1, 6]:
    print(first(n))
"""
STDIN = """import sys

for line in sys.stdin:
    print(line.strip().upper())
print("end")
"""
DECIMAL = """import decimal

decimal.getcontext().prec = 5
for n in range(1, 6):
    print(decimal.Decimal(1) / n)
"""
MODE = (
    FETCH
    + """import os

for page in range(4):
    with open(f"{page}.sh", "w") as file:
        file.write(fetch(page))
    os.chmod(f"{page}.sh", 0o755)
"""
)
DELETE = (
    FETCH
    + """import os

for page in range(4):
    with open(f"{page}.tmp", "w") as file:
        file.write(fetch(page))
    os.rename(f"{page}.tmp", f"{page}.txt")
"""
)
BEST = """import time


def score(n):
    time.sleep(0.01 if n == 1 else 0.001)
    return {1: 9, 4: 9}.get(n, n)


best = None
for n in range(6):
    value = score(n)
    if best is None or value > best[1]:
        best = (n, value)
print(best)
"""
ERRORS = """import sys
import time


def fetch(page):
    time.sleep(0.002)
    if page % 2:
        raise OSError(f"page {page}")
    return page


failed = 0
for page in range(6):
    try:
        print(fetch(page))
    except OSError as error:
        failed += 1
        print("warning:", error, file=sys.stderr)
print(failed)
"""
LAST = (
    FETCH
    + """pages = {}
for key, page in [("a", 3), ("b", 1), ("a", 4), ("c", 6), ("b", 2)]:
    pages[key] = fetch(page)
print(pages)
"""
)
CLOSURE = (
    FETCH
    + """texts = []
for page in range(5):
    texts.append((lambda: fetch(page))())
print(texts)
"""
)
BINARY = (
    FETCH
    + """with open("all.bin", "wb") as file:
    for page in range(5):
        file.write(bytes([0, page]) + fetch(page).encode())
"""
)
CACHE = """import time

cache = {}
calls = []


def load(key):
    if key not in cache:
        time.sleep(0.05)
        calls.append(key)
        cache[key] = key * 2
    return cache[key]


for key in [1, 2, 1, 1, 2]:
    print(load(key))
print(len(calls))
"""
SETS = """def letters(word):
    return set(word)


if __name__ == "__main__":
    for word in ["mississippi", "banana", "abracadabra"]:
        print(sorted(letters(word)))
"""


def _pool(body, workers=4):
    return f"with ThreadPoolExecutor({workers}) as pool:\n" + body


WRONG = [
    (
        "appended as they complete",
        ROWS,
        FETCH
        + THREADS
        + "rows = []\n"
        + _pool(
            "    for done in as_completed([pool.submit(fetch, p) for p in range(6)]):\n"
            "        rows.append(done.result())\n"
        )
        + "print(rows)\n",
    ),
    (
        "appended in the run stage",
        ROWS,
        FETCH
        + THREADS
        + "rows = []\n"
        + _pool("    list(pool.map(lambda page: rows.append(fetch(page)), range(6)))\n")
        + "print(rows)\n",
    ),
    (
        "one page too few",
        ROWS,
        FETCH
        + THREADS
        + "rows = []\n"
        + _pool("    rows.extend(pool.map(fetch, range(5)))\n")
        + "print(rows)\n",
    ),
    (
        "a list of results in submission order reversed",
        ROWS,
        FETCH
        + THREADS
        + _pool(
            "    rows = [f.result() for f in reversed([pool.submit(fetch, p) for p in range(6)])]\n"
        )
        + "print(rows)\n",
    ),
    (
        "a file is forgotten",
        FILES,
        FETCH
        + THREADS
        + _pool(
            "    for page, text in zip(range(1, 6), pool.map(fetch, range(1, 6))):\n"
            "        with open(f'{page}.txt', 'w') as file:\n            file.write(text)\n"
        )
        + "print('done')\n",
    ),
    (
        "the wrong text in each file",
        FILES,
        FETCH
        + THREADS
        + _pool(
            "    for page, text in zip(range(6), pool.map(fetch, range(1, 7))):\n"
            "        with open(f'{page}.txt', 'w') as file:\n            file.write(text)\n"
        )
        + "print('done')\n",
    ),
    (
        "one name for all files",
        FILES,
        FETCH + THREADS + "def save(page):\n    with open('page.txt', 'w') as file:\n"
        "        file.write(fetch(page))\n    import os\n    os.rename('page.txt', f'{page}.txt')\n"
        + _pool("    list(pool.map(save, range(6)))\n")
        + "print('done')\n",
    ),
    (
        "the loop variable is one behind in the handler",
        FAILING,
        FAILING.partition("rows = []")[0]
        + THREADS
        + """rows = []
pool = ThreadPoolExecutor(4)
try:
    for page, text in zip(range(6), pool.map(fetch, range(6))):
        with open(f"{page}.txt", "w") as file:
            file.write(text)
        rows.append(page)
except ValueError as error:
    print("failed at", page, error, rows)
""",
    ),
    (
        "results before the failure are lost",
        FAILING,
        FAILING.partition("rows = []")[0]
        + THREADS
        + """rows = []
pool = ThreadPoolExecutor(4)
page = 3
try:
    texts = list(pool.map(fetch, range(6)))
    for page, text in enumerate(texts):
        with open(f"{page}.txt", "w") as file:
            file.write(text)
        rows.append(page)
except ValueError as error:
    print("failed at", page, error, rows)
""",
    ),
    (
        "files of pages after the failing one",
        FAILING,
        FAILING.partition("rows = []")[0]
        + THREADS
        + """
def save(page):
    text = fetch(page)
    with open(f"{page}.txt", "w") as file:
        file.write(text)


rows = []
pool = ThreadPoolExecutor(4)
try:
    for page, pending in enumerate([pool.submit(save, page) for page in range(6)]):
        pending.result()
        rows.append(page)
except ValueError as error:
    print("failed at", page, error, rows)
pool.shutdown()
""",
    ),
    (
        "the exception is swallowed",
        UNCAUGHT,
        FAILING.partition("rows = []")[0]
        + THREADS
        + """
def save(page):
    text = fetch(page)
    with open(f"{page}.txt", "w") as file:
        file.write(text)


with ThreadPoolExecutor(2) as pool:
    for page in range(3):
        pool.submit(save, page)
    pool.submit(save, 3)
""",
    ),
    (
        "another exception",
        UNCAUGHT,
        UNCAUGHT.partition("rows = []")[0]
        + THREADS
        + """rows = []
with ThreadPoolExecutor(2) as pool:
    for page, pending in enumerate([pool.submit(fetch, page) for page in range(6)]):
        try:
            text = pending.result()
        except ValueError as error:
            raise RuntimeError(str(error))
        with open(f"{page}.txt", "w") as file:
            file.write(text)
        rows.append(page)
""",
    ),
    (
        "another message",
        UNCAUGHT,
        UNCAUGHT.partition("rows = []")[0].replace("page {page} is gone", "page is gone")
        + THREADS
        + """rows = []
with ThreadPoolExecutor(2) as pool:
    for page, pending in enumerate([pool.submit(fetch, page) for page in range(6)]):
        text = pending.result()
        with open(f"{page}.txt", "w") as file:
            file.write(text)
        rows.append(page)
""",
    ),
    (
        "a float sum in two parts",
        SUMS,
        SUMS.partition("def main")[0]
        + PROCESSES
        + """
def part(bounds):
    return sum(term(n) for n in range(*bounds))


def main():
    with ProcessPoolExecutor(2) as pool:
        total = sum(pool.map(part, [(0, 100), (100, 200)]))
    print(repr(total))


if __name__ == "__main__":
    main()
""",
    ),
    (
        "keys in the order of completion",
        SQUARES,
        SQUARES.partition("def main")[0]
        + """from concurrent.futures import ProcessPoolExecutor, as_completed


def main():
    found = {}
    with ProcessPoolExecutor(2) as pool:
        pending = {pool.submit(square, n): n for n in [3, 1, 2, 5, 4, 0]}
        for done in as_completed(pending):
            found[pending[done]] = done.result()
    print(found)


if __name__ == "__main__":
    main()
""",
    ),
    (
        "no main guard",
        SQUARES,
        SQUARES.partition("def main")[0]
        + PROCESSES
        + """
with ProcessPoolExecutor(2) as pool:
    found = dict(zip([3, 1, 2, 5, 4, 0], pool.map(square, [3, 1, 2, 5, 4, 0])))
print(found)
""",
    ),
    (
        "a function that cannot be sent",
        SQUARES,
        SQUARES.partition("    found = {}")[0]
        + """    from concurrent.futures import ProcessPoolExecutor
    keys = [3, 1, 2, 5, 4, 0]
    with ProcessPoolExecutor(2) as pool:
        print(dict(zip(keys, pool.map(lambda n: n * n, keys))))


if __name__ == "__main__":
    main()
""",
    ),
    (
        "the counter is advanced by the workers",
        COUNTER,
        FETCH
        + THREADS
        + """number = 0


def save(page):
    global number
    text = fetch(page)
    number += 1
    with open(f"file{number}.txt", "w") as file:
        file.write(text)


with ThreadPoolExecutor(4) as pool:
    list(pool.map(save, [5, 3, 9, 1]))
""",
    ),
    (
        "random numbers drawn by the workers",
        RANDOM,
        FETCH
        + THREADS
        + """import random

random.seed(4)


def draw(page):
    return fetch(page), random.random()


with ThreadPoolExecutor(4) as pool:
    for page, (text, number) in enumerate(pool.map(draw, range(6))):
        print(page, text, number)
""",
    ),
    (
        "unseeded random numbers drawn by the workers",
        SHUFFLE,
        FETCH
        + THREADS
        + """import random


def draw(page):
    return fetch(page), random.randrange(1000)


with ThreadPoolExecutor(4) as pool:
    for page, (text, number) in enumerate(pool.map(draw, range(6))):
        print(page, text, number)
""",
    ),
    (
        "a log written by the workers",
        LOG,
        FETCH
        + THREADS
        + """with open("log.txt", "w") as log:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda page: log.write(fetch(page) + "\\n"), range(6)))
""",
    ),
    (
        "a log opened by each worker",
        LOG,
        FETCH
        + THREADS
        + """
def note(page):
    with open("log.txt", "a") as log:
        log.write(fetch(page) + "\\n")


with ThreadPoolExecutor(4) as pool:
    list(pool.map(note, range(6)))
""",
    ),
    (
        "the previous text is another one",
        PREVIOUS,
        FETCH
        + THREADS
        + """previous = ""


def step(page):
    global previous
    text = fetch(page)
    result = len(previous), text
    previous = text
    return result


with ThreadPoolExecutor(4) as pool:
    for size, text in pool.map(step, range(6)):
        print(size, text)
""",
    ),
    (
        "visited pages are fetched again",
        VISITED,
        FETCH
        + THREADS
        + """
with ThreadPoolExecutor(4) as pool:
    for text in pool.map(fetch, [1, 2, 1, 3, 2, 4]):
        print(text)
""",
    ),
    (
        "visited is asked by the workers",
        VISITED,
        FETCH
        + THREADS
        + """seen = set()


def visit(page):
    if page in seen:
        return None
    text = fetch(page)
    seen.add(page)
    return text


with ThreadPoolExecutor(4) as pool:
    for text in pool.map(visit, [1, 2, 1, 3, 2, 4]):
        if text:
            print(text)
""",
    ),
    (
        "the loop does not stop",
        BREAK,
        FETCH
        + THREADS
        + """
with ThreadPoolExecutor(4) as pool:
    for page, text in enumerate(pool.map(fetch, range(8))):
        with open(f"{page}.txt", "w") as file:
            file.write(text)
print("last", page)
""",
    ),
    (
        "the else branch runs after a break",
        BREAK,
        FETCH
        + THREADS
        + """
with ThreadPoolExecutor(4) as pool:
    for page, text in enumerate(pool.map(fetch, range(4))):
        with open(f"{page}.txt", "w") as file:
            file.write(text)
    else:
        print("all")
print("last", page)
""",
    ),
    (
        "files of pages after the break",
        BREAK,
        FETCH
        + THREADS
        + """
def save(page):
    with open(f"{page}.txt", "w") as file:
        file.write(fetch(page))


with ThreadPoolExecutor(4) as pool:
    for page, _ in enumerate(pool.map(save, range(8))):
        if page == 3:
            break
    else:
        print("all")
print("last", page)
""",
    ),
    (
        "a global changed under the guard",
        LIMIT,
        LIMIT.partition("    for n")[0]
        + """    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2) as pool:
        for value in pool.map(work, range(4)):
            print(value)
""",
    ),
    (
        "an exception that cannot be sent",
        CUSTOM,
        CUSTOM.partition("    try:")[0]
        + """    from concurrent.futures import ProcessPoolExecutor

    try:
        with ProcessPoolExecutor(2) as pool:
            for value in pool.map(work, range(4)):
                print(value)
    except Gone as gone:
        print("gone", gone.code)
""",
    ),
    (
        "changes of copies are lost",
        MUTATES,
        MUTATES.partition("    for record")[0]
        + """    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2) as pool:
        list(pool.map(fill, records))
    print(records)
""",
    ),
    (
        "identity is lost between processes",
        SENTINEL,
        SENTINEL.partition("    for n")[0]
        + """    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(find, range(5)):
            print("missing" if found is MISSING else found)
""",
    ),
    (
        "another exit status",
        EXIT,
        EXIT.partition("for n")[0]
        + THREADS
        + """with ThreadPoolExecutor(3) as pool:
    for pending in [pool.submit(check, n) for n in range(6)]:
        if pending.exception() is not None:
            break
        print(pending.result())
""",
    ),
    (
        "StopIteration ends the loop",
        NEXT,
        NEXT.partition("for n")[0]
        + THREADS
        + """
def results():
    with ThreadPoolExecutor(3) as pool:
        for pending in [pool.submit(first, n) for n in [5, 4, 1, 6]]:
            yield pending.result()


for value in results():
    print(value)
""",
    ),
    (
        "lines in another order",
        STDIN,
        "import sys\nimport time\n"
        + THREADS
        + """

def show(line):
    time.sleep(0.01 if "a" in line else 0.001)
    print(line.strip().upper())


with ThreadPoolExecutor(4) as pool:
    list(pool.map(show, sys.stdin))
print("end")
""",
    ),
    (
        "precision is the main thread's",
        DECIMAL,
        "import decimal\n"
        + THREADS
        + """
decimal.getcontext().prec = 5
with ThreadPoolExecutor(3) as pool:
    for value in pool.map(lambda n: decimal.Decimal(1) / n, range(1, 6)):
        print(value)
""",
    ),
    (
        "the mode is lost",
        MODE,
        FETCH
        + THREADS
        + """
with ThreadPoolExecutor(3) as pool:
    for page, text in enumerate(pool.map(fetch, range(4))):
        with open(f"{page}.sh", "w") as file:
            file.write(text)
""",
    ),
    (
        "temporary files stay",
        DELETE,
        FETCH
        + THREADS
        + """import shutil

with ThreadPoolExecutor(3) as pool:
    for page, text in enumerate(pool.map(fetch, range(4))):
        with open(f"{page}.tmp", "w") as file:
            file.write(text)
        shutil.copy(f"{page}.tmp", f"{page}.txt")
""",
    ),
    (
        "the first best is not the best",
        BEST,
        BEST.partition("best = None")[0]
        + THREADS
        + """best = None
with ThreadPoolExecutor(6) as pool:
    pending = {pool.submit(score, n): n for n in range(6)}
    for done in as_completed(pending):
        if best is None or done.result() > best[1]:
            best = (pending[done], done.result())
print(best)
""",
    ),
    (
        "warnings are lost",
        ERRORS,
        ERRORS.partition("failed = 0")[0]
        + THREADS
        + """failed = 0
with ThreadPoolExecutor(3) as pool:
    for pending in [pool.submit(fetch, page) for page in range(6)]:
        if pending.exception():
            failed += 1
        else:
            print(pending.result())
print(failed)
""",
    ),
    (
        "failures are not counted",
        ERRORS,
        ERRORS.partition("failed = 0")[0]
        + THREADS
        + """failed = 0


def show(page):
    try:
        return fetch(page)
    except OSError as error:
        failed = 1
        print("warning:", error, file=sys.stderr)


with ThreadPoolExecutor(3) as pool:
    for value in pool.map(show, range(6)):
        if value is not None:
            print(value)
print(failed)
""",
    ),
    (
        "the last value of a key is another",
        LAST,
        FETCH
        + THREADS
        + """pages = {}


def put(item):
    pages[item[0]] = fetch(item[1])


with ThreadPoolExecutor(5) as pool:
    list(pool.map(put, [("a", 3), ("b", 1), ("a", 4), ("c", 6), ("b", 2)]))
print(pages)
""",
    ),
    (
        "all tasks see the last page",
        CLOSURE,
        FETCH
        + THREADS
        + """
with ThreadPoolExecutor(1) as pool:
    pending = []
    for page in range(5):
        pending.append(pool.submit(lambda: fetch(page)))
    texts = [p.result() for p in pending]
print(texts)
""",
    ),
    (
        "bytes in another order",
        BINARY,
        FETCH
        + THREADS
        + """
with open("all.bin", "wb") as file, ThreadPoolExecutor(3) as pool:
    list(pool.map(lambda p: file.write(bytes([0, p]) + fetch(p).encode()), range(5)))
""",
    ),
    (
        "loaded twice",
        CACHE,
        CACHE.partition("for key")[0]
        + THREADS
        + """with ThreadPoolExecutor(5) as pool:
    for value in pool.map(load, [1, 2, 1, 1, 2]):
        print(value)
print(len(calls))
""",
    ),
    (
        "never ends",
        ROWS,
        FETCH
        + THREADS
        + """import threading

rows = []
turn = threading.Semaphore(0)


def wait_for_turn(page):
    turn.acquire()
    return fetch(page)


with ThreadPoolExecutor(2) as pool:
    for text in pool.map(wait_for_turn, range(6)):
        rows.append(text)
print(rows)
""",
    ),
    (
        "ends before the work is done",
        FILES,
        FETCH
        + """import os
from concurrent.futures import ThreadPoolExecutor


def save(page):
    with open(f"{page}.txt", "w") as file:
        file.write(fetch(page))


pool = ThreadPoolExecutor(2)
for page in range(6):
    pool.submit(save, page)
print("done", flush=True)
os._exit(0)
""",
    ),
    (
        "a set comes out in another order",
        SETS,
        """from concurrent.futures import ProcessPoolExecutor


def letters(word):
    return "".join(set(word))


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(letters, ["mississippi", "banana", "abracadabra"]):
            print(list(found))
""",
    ),
]

RIGHT = [
    (
        "submit all, collect in order",
        ROWS,
        FETCH
        + THREADS
        + _pool(
            "    rows = [p.result() for p in [pool.submit(fetch, page) for page in range(6)]]\n"
        )
        + "print(rows)\n",
    ),
    (
        "map",
        ROWS,
        FETCH
        + THREADS
        + "rows = []\n"
        + _pool("    for text in pool.map(fetch, range(6)):\n        rows.append(text)\n")
        + "print(rows)\n",
    ),
    (
        "one worker",
        ROWS,
        FETCH
        + THREADS
        + _pool("    rows = list(pool.map(fetch, range(6)))\n", 1)
        + "print(rows)\n",
    ),
    (
        "as_completed, put in place",
        ROWS,
        FETCH
        + THREADS
        + "rows = [None] * 6\n"
        + _pool(
            "    pending = {pool.submit(fetch, page): page for page in range(6)}\n"
            "    for done in as_completed(pending):\n        rows[pending[done]] = done.result()\n"
        )
        + "print(rows)\n",
    ),
    (
        "wait for all",
        ROWS,
        FETCH
        + THREADS
        + _pool(
            "    pending = [pool.submit(fetch, page) for page in range(6)]\n    wait(pending)\n"
            "    rows = [p.result() for p in pending]\n"
        )
        + "print(rows)\n",
    ),
    (
        "wait for the first, until none is left",
        ROWS,
        FETCH
        + THREADS
        + "from concurrent.futures import FIRST_COMPLETED\n"
        + _pool(
            "    pending = [pool.submit(fetch, page) for page in range(6)]\n    left = set(pending)\n"
            "    while left:\n        done, left = wait(left, return_when=FIRST_COMPLETED)\n"
            "    rows = [p.result() for p in pending]\n"
        )
        + "print(rows)\n",
    ),
    (
        "asks until all are done",
        ROWS,
        FETCH
        + THREADS
        + _pool(
            "    pending = [pool.submit(fetch, page) for page in range(6)]\n"
            "    while not all(p.done() for p in pending):\n        time.sleep(0.001)\n"
            "    rows = [p.result() for p in pending]\n"
        )
        + "print(rows)\n",
    ),
    (
        "callbacks into a queue",
        ROWS,
        FETCH + THREADS + "import queue\n"
        "done = queue.Queue()\n"
        + _pool(
            "    for page in range(6):\n        pool.submit(fetch, page).add_done_callback(done.put)\n"
            "    rows = sorted(done.get().result() for _ in range(6))\n"
        )
        + "print(rows)\n",
    ),
    (
        "through an event loop",
        ROWS,
        FETCH + THREADS + "import asyncio\n\n\nasync def main(pool):\n"
        "    loop = asyncio.get_running_loop()\n"
        "    return await asyncio.gather(*[loop.run_in_executor(pool, fetch, p) for p in range(6)])\n\n\n"
        + _pool("    rows = asyncio.run(main(pool))\n")
        + "print(rows)\n",
    ),
    (
        "a time-out that is long enough",
        ROWS,
        FETCH
        + THREADS
        + _pool(
            "    rows = [p.result(timeout=30) for p in [pool.submit(fetch, page) for page in range(6)]]\n"
        )
        + "print(rows)\n",
    ),
    (
        "an initializer",
        ROWS,
        FETCH + THREADS + "import threading\n\nlocal = threading.local()\n\n\n"
        "def prepare(word):\n    local.word = word\n\n\ndef work(page):\n    return local.word + fetch(page)[4:]\n\n\n"
        "with ThreadPoolExecutor(3, initializer=prepare, initargs=('text',)) as pool:\n"
        "    rows = list(pool.map(work, range(6)))\nprint(rows)\n",
    ),
    (
        "the module's name",
        ROWS,
        FETCH + "import concurrent.futures\n"
        "with concurrent.futures.ThreadPoolExecutor() as pool:\n    rows = list(pool.map(fetch, range(6)))\n"
        "print(rows)\n",
    ),
    (
        "a class of its own",
        ROWS,
        FETCH + THREADS + "\n\nclass Pool(ThreadPoolExecutor):\n"
        "    def run(self, pages):\n        return list(self.map(fetch, pages))\n\n\n"
        "with Pool(3) as pool:\n    rows = pool.run(range(6))\nprint(rows)\n",
    ),
    (
        "a bounded window",
        ROWS,
        FETCH
        + THREADS
        + """from collections import deque


def in_order(pool, pages, window=3):
    pending = deque()
    for page in pages:
        pending.append(pool.submit(fetch, page))
        if len(pending) == window:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


rows = []
with ThreadPoolExecutor(3) as pool:
    for text in in_order(pool, range(6)):
        rows.append(text)
print(rows)
""",
    ),
    (
        "no with, no shutdown",
        ROWS,
        FETCH
        + THREADS
        + "pool = ThreadPoolExecutor(3)\nrows = list(pool.map(fetch, range(6)))\nprint(rows)\n",
    ),
    (
        "joblib's habit: batches",
        ROWS,
        FETCH
        + THREADS
        + """
def batch(pages):
    return [fetch(page) for page in pages]


with ThreadPoolExecutor(3) as pool:
    rows = [text for part in pool.map(batch, [[0, 1], [2, 3], [4, 5]]) for text in part]
print(rows)
""",
    ),
    (
        "plain threads",
        ROWS,
        FETCH
        + """import threading

rows = [None] * 6


def put(page):
    rows[page] = fetch(page)


threads = [threading.Thread(target=put, args=(page,)) for page in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(rows)
""",
    ),
    (
        "files written in order",
        FILES,
        FETCH
        + THREADS
        + """
with ThreadPoolExecutor(4) as pool:
    for page, text in zip(range(6), pool.map(fetch, range(6))):
        with open(f"{page}.txt", "w") as file:
            file.write(text)
print("done")
""",
    ),
    (
        "files written by the workers",
        FILES,
        FETCH
        + THREADS
        + """

def save(page):
    text = fetch(page)
    with open(f"{page}.txt", "w") as file:
        file.write(text)


with ThreadPoolExecutor(4) as pool:
    list(pool.map(save, range(6)))
print("done")
""",
    ),
    (
        "work that nobody waits for",
        FILES,
        FETCH
        + THREADS
        + """

def save(page):
    with open(f"{page}.txt", "w") as file:
        file.write(fetch(page))


pool = ThreadPoolExecutor(4)
for page in range(6):
    pool.submit(save, page)
print("done")
""",
    ),
    (
        "shut down without waiting",
        FILES,
        FETCH
        + THREADS
        + """

def save(page):
    with open(f"{page}.txt", "w") as file:
        file.write(fetch(page))


pool = ThreadPoolExecutor(4)
for page in range(6):
    pool.submit(save, page)
pool.shutdown(wait=False)
print("done")
""",
    ),
    (
        "the first failure in order",
        FAILING,
        FAILING.partition("rows = []")[0]
        + THREADS
        + """rows = []
pool = ThreadPoolExecutor(4)
try:
    responses = [pool.submit(fetch, page) for page in range(6)]
    for page, pending in zip(range(6), responses):
        text = pending.result()
        with open(f"{page}.txt", "w") as file:
            file.write(text)
        rows.append(page)
except ValueError as error:
    print("failed at", page, error, rows)
finally:
    pool.shutdown(cancel_futures=True)
""",
    ),
    (
        "the exception goes on",
        UNCAUGHT,
        UNCAUGHT.partition("rows = []")[0]
        + THREADS
        + """rows = []
pool = ThreadPoolExecutor(4)
try:
    for page, pending in enumerate([pool.submit(fetch, page) for page in range(6)]):
        text = pending.result()
        with open(f"{page}.txt", "w") as file:
            file.write(text)
        rows.append(page)
finally:
    pool.shutdown(cancel_futures=True)
""",
    ),
    (
        "float terms folded in order",
        SUMS,
        SUMS.partition("def main")[0]
        + PROCESSES
        + """
def main():
    total = 0.0
    with ProcessPoolExecutor(2) as pool:
        for value in pool.map(term, range(200), chunksize=50):
            total += value
    print(repr(total))


if __name__ == "__main__":
    main()
""",
    ),
    (
        "processes, in order",
        SQUARES,
        SQUARES.partition("def main")[0]
        + PROCESSES
        + """
def main():
    found = {}
    keys = [3, 1, 2, 5, 4, 0]
    with ProcessPoolExecutor(2) as pool:
        for n, value in zip(keys, pool.map(square, keys)):
            found[n] = value
    print(found)


if __name__ == "__main__":
    main()
""",
    ),
    (
        "processes, by submit",
        SQUARES,
        SQUARES.partition("def main")[0]
        + PROCESSES
        + """
def main():
    found = {}
    pool = ProcessPoolExecutor(2)
    try:
        for n, pending in [(n, pool.submit(square, n)) for n in [3, 1, 2, 5, 4, 0]]:
            found[n] = pending.result()
    finally:
        pool.shutdown(cancel_futures=True)
    print(found)


if __name__ == "__main__":
    main()
""",
    ),
    (
        "a pool of multiprocessing",
        SQUARES,
        SQUARES.partition("def main")[0]
        + """
import multiprocessing


def main():
    keys = [3, 1, 2, 5, 4, 0]
    with multiprocessing.Pool(2) as pool:
        found = dict(zip(keys, pool.map(square, keys)))
    print(found)


if __name__ == "__main__":
    main()
""",
    ),
    (
        "the counter stays in front",
        COUNTER,
        FETCH
        + THREADS
        + """number = 0
with ThreadPoolExecutor(4) as pool:
    for text in pool.map(fetch, [5, 3, 9, 1]):
        number += 1
        with open(f"file{number}.txt", "w") as file:
            file.write(text)
""",
    ),
    (
        "random numbers drawn in order",
        RANDOM,
        FETCH
        + THREADS
        + """import random

random.seed(4)
with ThreadPoolExecutor(4) as pool:
    for page, text in enumerate(pool.map(fetch, range(6))):
        print(page, text, random.random())
""",
    ),
    (
        "unseeded random numbers drawn in order",
        SHUFFLE,
        FETCH
        + THREADS
        + """import random

with ThreadPoolExecutor(4) as pool:
    for page, text in enumerate(pool.map(fetch, range(6))):
        print(page, text, random.randrange(1000))
""",
    ),
    (
        "the log is written in order",
        LOG,
        FETCH
        + THREADS
        + """with open("log.txt", "w") as log:
    with ThreadPoolExecutor(4) as pool:
        for text in pool.map(fetch, range(6)):
            log.write(text + "\\n")
""",
    ),
    (
        "the previous text, in order",
        PREVIOUS,
        FETCH
        + THREADS
        + """previous = ""
with ThreadPoolExecutor(4) as pool:
    for text in pool.map(fetch, range(6)):
        print(len(previous), text)
        previous = text
""",
    ),
    (
        "visited is asked beforehand",
        VISITED,
        FETCH
        + THREADS
        + """seen = set()
pages = []
for page in [1, 2, 1, 3, 2, 4]:
    if page not in seen:
        seen.add(page)
        pages.append(page)
with ThreadPoolExecutor(4) as pool:
    for text in pool.map(fetch, pages):
        print(text)
""",
    ),
    (
        "the break is taken in order",
        BREAK,
        FETCH
        + THREADS
        + """pool = ThreadPoolExecutor(4)
for page, pending in enumerate([pool.submit(fetch, page) for page in range(8)]):
    text = pending.result()
    with open(f"{page}.txt", "w") as file:
        file.write(text)
    if page == 3:
        break
else:
    print("all")
pool.shutdown(cancel_futures=True)
print("last", page)
""",
    ),
    (
        "the global is sent along",
        LIMIT,
        """from concurrent.futures import ProcessPoolExecutor
LIMIT = 10


def work(n, limit):
    return n * limit


if __name__ == "__main__":
    LIMIT = 7
    with ProcessPoolExecutor(2) as pool:
        for value in pool.map(work, range(4), [LIMIT] * 4):
            print(value)
""",
    ),
    (
        "changes are sent back",
        MUTATES,
        """from concurrent.futures import ProcessPoolExecutor

records = [{"n": n} for n in range(5)]


def fill(record):
    record["square"] = record["n"] ** 2
    return record


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        for record, filled in zip(records, pool.map(fill, records)):
            record.update(filled)
    print(records)
""",
    ),
    (
        "the exit of a worker goes on",
        EXIT,
        EXIT.partition("for n")[0]
        + THREADS
        + """pool = ThreadPoolExecutor(3)
try:
    for pending in [pool.submit(check, n) for n in range(6)]:
        print(pending.result())
finally:
    pool.shutdown(cancel_futures=True)
""",
    ),
    (
        "lines in order",
        STDIN,
        "import sys\n"
        + THREADS
        + """
with ThreadPoolExecutor(4) as pool:
    for line in pool.map(str.upper, (line.strip() for line in sys.stdin)):
        print(line)
print("end")
""",
    ),
    (
        "the mode is set",
        MODE,
        FETCH
        + THREADS
        + """import os

with ThreadPoolExecutor(3) as pool:
    for page, text in enumerate(pool.map(fetch, range(4))):
        with open(f"{page}.sh", "w") as file:
            file.write(text)
        os.chmod(f"{page}.sh", 0o755)
""",
    ),
    (
        "renamed by the workers",
        DELETE,
        FETCH
        + THREADS
        + """import os


def save(page):
    with open(f"{page}.tmp", "w") as file:
        file.write(fetch(page))
    os.rename(f"{page}.tmp", f"{page}.txt")


with ThreadPoolExecutor(3) as pool:
    list(pool.map(save, range(4)))
""",
    ),
    (
        "the best in order",
        BEST,
        BEST.partition("best = None")[0]
        + THREADS
        + """best = None
with ThreadPoolExecutor(6) as pool:
    for n, value in enumerate(pool.map(score, range(6))):
        if best is None or value > best[1]:
            best = (n, value)
print(best)
""",
    ),
    (
        "warnings in order",
        ERRORS,
        ERRORS.partition("failed = 0")[0]
        + THREADS
        + """failed = 0
with ThreadPoolExecutor(3) as pool:
    for page, pending in enumerate([pool.submit(fetch, page) for page in range(6)]):
        try:
            print(pending.result())
        except OSError as error:
            failed += 1
            print("warning:", error, file=sys.stderr)
print(failed)
""",
    ),
    (
        "the last value wins",
        LAST,
        FETCH
        + THREADS
        + """pages = {}
items = [("a", 3), ("b", 1), ("a", 4), ("c", 6), ("b", 2)]
with ThreadPoolExecutor(5) as pool:
    for (key, page), text in zip(items, pool.map(lambda item: fetch(item[1]), items)):
        pages[key] = text
print(pages)
""",
    ),
    (
        "the page is bound early",
        CLOSURE,
        FETCH
        + THREADS
        + """
with ThreadPoolExecutor(3) as pool:
    texts = [p.result() for p in [pool.submit(fetch, page) for page in range(5)]]
print(texts)
""",
    ),
    (
        "sets, sorted in front",
        SETS,
        SETS.partition("if __name__")[0]
        + """
if __name__ == "__main__":
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(letters, ["mississippi", "banana", "abracadabra"]):
            print(sorted(found))
""",
    ),
]
STDIN_BYTES = b"banana\nkiwi\npear\nfig\n"
