"""What stands around a loop in a small program: values, helpers, contexts."""

# -- what stands at the top of a program when it is named below

GLOBALS = {
    "ITEMS": 'ITEMS = ["a", "b", "c"]',
    "TWICE": 'TWICE = ["a", "b", "a"]',
    "TABLE": 'TABLE = {"a": "1", "b": "2", "c": "3"}',
    "BASE": 'BASE = "http://host/"',
    "mode": 'mode = "m"',
}
# Containers: global, or made in the function that holds the loop.
CONTAINERS = {
    "rows": "rows = []",
    "log": "log = rows",
    "d": 'd = {"k": "v"}',
    "seen": "seen = set()",
    "box": "box = Box()",
    "boxes": "boxes = [Box(), Box()]",
    "out": 'out = open("out.txt", "w")',
    "other": 'other = iter(["x", "y"])',
    "it": "it = iter(ITEMS)",
    "once": 'once = iter(["a", "b", "c"])',
    "pair": 'pair = ["p", "q"]',
    "counts": "counts = [0]",
    # Objects that a loop goes through: each another one, or all the same.
    "cells": 'cells = {"a": {"q": "a"}, "b": {"q": "b"}, "c": {"q": "c"}}',
    "alike": 'alike = dict.fromkeys("abc", {"q": "z"})',
    "cell": 'cell = {"q": "z"}',
}
# Scalars: of the frame that holds the loop.
SCALARS = {"t": 't = "start"', "n": "n = 0", "s": 's = ""', "last": 'last = "none"'}

DEFINITIONS = {
    "fetch": """def fetch(page):
    return requests.get(BASE + page).text
""",
    "load": """def load(page):
    text = fetch(page)
    return text + "."
""",
    "checked": """def checked(page):
    answer = requests.get(BASE + page)
    if not answer.ok:
        raise ValueError(page)
    return answer.text
""",
    "save": """def save(page):
    answer = requests.get(BASE + page)
    with open(page + ".txt", "w") as file:
        file.write(answer.text)
""",
    "save_first": """def save_first(page):
    with open(page + ".txt", "w") as file:
        file.write(requests.get(BASE + page).text)
    return page
""",
    "store": """def store(page):
    rows.append(requests.get(BASE + page).text)
""",
    "consulted": """def consulted(page):
    return tally.ask(page) + requests.get(BASE + page).text
""",
    "noted": """def noted(page, before=[]):
    before.append(page)
    return requests.get(BASE + page + str(len(before))).text
""",
    "ended": """def ended(page, ending="x"):
    return requests.get(BASE + page + ending).text
""",
    "moded": """def moded(page):
    return requests.get(BASE + page + mode).text
""",
    "surrounded": """def surrounded(page):
    return requests.get(BASE + page + os.environ.get("HTTP_PROXY", "")).text
""",
    "switch": """def switch(value):
    global mode
    mode = value
""",
    "counted": """def counted(page):
    counts[0] += 1
    return requests.get(BASE + page + str(counts[0])).text
""",
    "made": """def make(prefix):
    def call(page):
        return requests.get(BASE + prefix + page).text
    return call


made = make("p")
""",
    "kept": """def keep():
    pages = []
    def call(page):
        pages.append(page)
        return requests.get(BASE + page + str(len(pages))).text
    return call


kept = keep()
""",
    "filled": """def filled(values):
    values[0] = requests.get(BASE + values[1]).text
    return values
""",
    "joined": """def joined(values):
    return requests.get(BASE + "".join(values)).text
""",
    "Quiet": """class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is KeyError
""",
    "note": """def note(value):
    print("note", value)
""",
    "told": """def told(page):
    note(page)
    return fetch(page)
""",
    "shown": """def shown(page, ending=""):
    print("ask", page)
    text = fetch(page) + fetch(page + ending)
    if text == mode:
        raise KeyError(page)
    note(text)
    return text
""",
    "weighed": """def weighed(text):
    print("weigh", text, end=": ")
    total = weigh(text) + weigh(text + "y")
    if total % 5 == 2:
        raise Problem(text, "weighed")
    print(total, flush=True)
    return total
""",
    "weigh": """def weigh(text):
    total = 0
    for letter in str(text):
        total += math.gcd(ord(letter), 6)
    return total
""",
    "weigh_mode": """def weigh_mode(text):
    total = 0
    for letter in text + mode:
        total += math.gcd(ord(letter), 6)
    return total
""",
    "weigh_pair": """def weigh_pair(values):
    total = 0
    for value in values:
        total += math.gcd(ord(value[0]), 6)
    values[0] = str(total)
    return total
""",
    "deep": """def deep(depth, text):
    if depth == 0:
        return math.gcd(len(text), 6)
    return deep(depth - 1, text) + deep(depth - 1, text + "y")
""",
    "Problem": """class Problem(Exception):
    def __init__(self, page, why):
        super().__init__(why)
        self.page = page
""",
    "picky": """def picky(text):
    total = 0
    for letter in text:
        if letter == "b":
            raise Problem(text, "picky")
        total += math.gcd(ord(letter), 6)
    return total
""",
    "Box": """class Box:
    def __init__(self):
        self.base = BASE
        self.n = 0
        self.last = "none"

    def fetch(self, page):
        return requests.get(self.base + page).text

    def count(self, page):
        self.n += 1
        return requests.get(self.base + page + str(self.n)).text

    def say(self, *words):
        print(self.n, *words)

    def show(self, page):
        self.say("show", page)
        text = fetch(page) + fetch(page + "!")
        self.say(text)
        return text

    def keep(self, page):
        self.last = requests.get(self.base + page + self.last).text
""",
    "pages": """def pages():
    for item in ITEMS:
        yield item.strip()
""",
    "noisy": """def noisy():
    for item in ITEMS:
        print("next", item)
        yield item
""",
    "failing": """def failing():
    yield "a"
    yield "b"
    raise ValueError("no more")
""",
}

# -- contexts: how the loop stands in a program. LOOP, INIT (scalars) and AFTER (prints of names)
# are replaced; `function` says whether the frame is a function's.

CONTEXTS = {
    "module": (False, "INIT\nLOOP\nAFTER"),
    "guard": (False, 'if __name__ == "__main__":\n    INIT\n    LOOP\n    AFTER'),
    "function": (True, "def run():\n    INIT\n    LOOP\n    AFTER\n\n\nrun()"),
    "guarded function": (
        True,
        "def run(PARAMETERS):\n    INIT\n    LOOP\n    AFTER\n\n\n"
        'if __name__ == "__main__":\n    run(PARAMETERS)',
    ),
    "method": (
        True,
        "class Task:\n    def run(self):\n        INIT\n        LOOP\n        AFTER\n\n\n"
        "Task().run()",
    ),
    "nested function": (
        True,
        "def outer():\n    word = BASE\n\n    def run():\n        INIT\n        LOOP\n"
        "        AFTER\n"
        "        return word\n\n    run()\n\n\nouter()",
    ),
    "try": (
        True,
        "def run():\n    INIT\n    try:\n        LOOP\n    except Exception as problem:\n"
        '        print("failed", type(problem).__name__, problem)\n        AFTER\n\n\nrun()',
    ),
    "finally": (False, 'INIT\ntry:\n    LOOP\nfinally:\n    print("finally")\n    AFTER'),
    "with": (False, 'INIT\nwith open("around.txt", "w") as around:\n    LOOP\n    AFTER'),
    "else": (
        True,
        'def run():\n    INIT\n    LOOP\n    else:\n        print("else")\n    AFTER\n\n\nrun()',
    ),
    "inner": (
        True,
        'def run():\n    INIT\n    for g in ("x", "y"):\n        LOOP\n    AFTER\n\n\nrun()',
    ),
    "called twice": (
        True,
        "def run():\n    INIT\n    LOOP\n    AFTER\n\n\nfor again in range(2):\n    run()",
    ),
    "at exit": (
        True,
        "def run():\n    INIT\n    LOOP\n    AFTER\n\n\natexit.register(run)",
    ),
    "generator": (
        True,
        "def run():\n    INIT\n    LOOP\n        yield 1\n    AFTER\n\n\n"
        'for value in run():\n    print("between")',
    ),
    "class body": (False, "class Task:\n    INIT\n    LOOP\n    AFTER"),
}
