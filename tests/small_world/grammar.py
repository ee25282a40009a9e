"""Small loops, and the programs that they stand in.

A loop is a source and a body of one to four statements out of an alphabet, some of them wrapped in
a compound statement. Names are always the same, so two loops that differ only by renaming are one
text. A program is a loop in a context, with what it needs around it.
"""

import dataclasses
import itertools
import random
import re

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
    "pair": 'pair = ["p", "q"]',
    "counts": "counts = [0]",
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
    "note": """def note(value):
    print("note", value)
""",
    "told": """def told(page):
    note(page)
    return fetch(page)
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

# -- the alphabet

COSTLY = """
r = requests.get(BASE + u)
t = requests.get(BASE + u).text
t = fetch(u)
t = load(u)
t = checked(u)
rows.append(fetch(u))
rows.append(requests.get(BASE + u).status_code)
d[u] = requests.get(BASE + u).text
d[t] = fetch(u)
d["k"] = fetch(u)
d["k"] += fetch(u)
n += len(requests.get(BASE + u).text)
s = s + fetch(u)
s += fetch(u)
save(u)
t = save_first(u)
store(u)
t = box.fetch(u)
t = box.count(u)
box.keep(u)
t = made(u)
t = kept(u)
t = noted(u)
t = ended(u)
t = moded(u)
t = counted(u)
t = surrounded(u)
t = told(u)
t = fetch(t)
t = fetch(last)
t = fetch(u + str(n))
t = fetch(u + str(len(rows)))
t = fetch(d["k"])
t = fetch(rows[-1])
pair = filled(pair)
t = filled([u, u])[0]
t = filled(pair)[0]
t = requests.post(BASE + u, data=t).text
x, t = u, fetch(u)
t = fetch(u) if n < 2 else u
print(fetch(u))
print(u, fetch(u), n)
last, t = t, fetch(u)
t = requests.get(BASE, params={"q": u}).text
t = (lambda page: fetch(page))(u)
t = fetch(u) + fetch(u + "2")
t = requests.get(BASE + "same").text
box.last = fetch(u)
t = weigh(u)
n += weigh(u)
d[u] = weigh(u)
rows.append(weigh(u))
print(weigh(u))
t = str(weigh(u))
n = weigh(n)
t = weigh_mode(u)
t = weigh_pair(pair)
t = weigh_pair([u, "x"])
t = deep(2, u)
t = picky(u)
x = next(other) + fetch(u)
t = open(u + ".in").read() + fetch(u)
out.write(fetch(u))
open(u + ".txt", "w").write(fetch(u))
rows = rows + [fetch(u)]
if fetch(u) != "x": n += 1
if "1" in fetch(u): rows.append(u)
if "1" in fetch(u): break
if "1" in fetch(u): continue
for c in ("x", "y"): t = fetch(u + c)
for c in ("x", "y"): rows.append(fetch(u + c))
"""

CHEAP = """
print(u)
print(t)
print(n)
print(u, last)
rows.append(u)
rows.append(t)
rows.append(n)
n += 1
n = len(rows)
s += u
d[u] = t
d["k"] = t
d[t] = u
t = d["k"]
t = d.get(u, "none")
t = d[u]
t = {"a": "1", "b": "2"}[u]
n = 6 // (2 - n)
seen.add(u)
seen.add(t)
last = u
last = t
u = u + "!"
t = u
t = last
log.append(u)
log = rows
box.n += 1
box.last = u
t = box.last
switch(u)
os.environ["HTTP_PROXY"] = u
note(t)
open(u + ".txt", "w").write(u)
open("same.txt", "w").write(u)
open("all.txt", "a").write(u)
open("in.txt", "w").write(u)
out.write(u)
t = open("in.txt").read()
t = open(u + ".txt").read()
if u == "b": continue
if u == t: continue
if u == "b": break
if "1" in str(t): break
if "1" in str(t): continue
if n > 1: break
if u == "b": raise ValueError(u)
if n > 1: raise KeyError(n)
if u in seen: continue
x = next(other)
x = next(it)
del rows[0]
rows.pop()
rows[0] = u
rows.sort()
rows.extend(pair)
assert u != "b"
rows.append(lambda: u)
del t
counts[0] += 1
pair[0] = u
pair = [u, u]
print(r.status_code)
t = r.text
r.raise_for_status()
time.sleep(0.1)
pass
"""

IN_FUNCTIONS = """
if u == "b": return t
return u
if "1" in str(t): return n
"""

# `@` is where the wrapped statements stand.
WRAPPERS = [
    'if u != "b":\n    @',
    "if n < 2:\n    @",
    'if str(t) > "<":\n    @\nelse:\n    print("less")',
    "try:\n    @\nexcept Exception as e:\n    print(type(e).__name__, u)",
    "try:\n    @\nexcept (requests.RequestException, ValueError):\n    n += 1\n    continue",
    "try:\n    @\nexcept Exception:\n    print(n)\n    raise",
    "try:\n    @\nexcept ArithmeticError:\n    break",
    'try:\n    @\nfinally:\n    print("end", n)',
    'try:\n    @\nexcept KeyError:\n    pass\nelse:\n    print("fine")',
    'with open("with.txt", "a") as f:\n    @',
    'with open(u + ".part", "w") as f:\n    @\n    f.write(str(t))',
    'for c in ("x", "y"):\n    @',
    "for _ in range(2):\n    try:\n        @\n        break\n    except OSError:\n        n += 1",
    "while n < 2:\n    n += 1\n    @",
]

SOURCES = [
    "u in ITEMS",
    'u in ["a", "b", "c"]',
    "u in TWICE",
    "i, u in enumerate(ITEMS)",
    "u, v in zip(ITEMS, pages())",
    "u in TABLE",
    "u, v in TABLE.items()",
    "u in it",
    "u in pages()",
    "u in noisy()",
    "u in failing()",
    'u in open("in.txt")',
    "u in rows",
    "u in reversed(ITEMS)",
    'u in "abc"',
]


def lines(block):
    return [line for line in block.splitlines() if line]


COSTLY, CHEAP, IN_FUNCTIONS = lines(COSTLY), lines(CHEAP), lines(IN_FUNCTIONS)


def shifted(text, by):
    return text.replace("\n", "\n" + by)


def wrapped(wrapper, statements):
    before, _, after = wrapper.partition("@")
    by = before[before.rfind("\n") + 1 :]
    return before + shifted("\n".join(statements), by) + after


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


@dataclasses.dataclass(frozen=True)
class Program:
    loop: str
    context: str
    text: str


WORD = re.compile(r"[A-Za-z_]\w*")


def words_of(text):
    return set(WORD.findall(text))


def initial(names, table):
    return [table[name] for name in table if name in names]


def program(loop, context, bits):
    """The loop in the context. `bits` chooses what may be either way."""
    in_function, template = CONTEXTS[context]
    needed = words_of(loop)
    if "log" in needed:
        needed.add("rows")
    if "box" in needed or "boxes" in needed:
        needed.add("Box")
    definitions = []
    for name in reversed(list(DEFINITIONS)):
        if name in needed:
            definitions.append(DEFINITIONS[name])
            inside = words_of(DEFINITIONS[name])
            needed |= inside
            if name == "made" or name == "kept":
                needed.add("BASE")
    definitions.sort(key=list(DEFINITIONS.values()).index)
    if "it" in needed:
        needed.add("ITEMS")
    needed.add("BASE")  # the nested function reads it
    body_words = words_of(loop)
    helper_words = set().union(*map(words_of, definitions)) if definitions else set()
    containers = {name for name in CONTAINERS if name in needed}
    local = set()
    if in_function:
        assigned = {
            name
            for name in containers
            if re.search(rf"(^|\n)\s*{name} = ", loop) and name not in helper_words
        }
        aliases = {"rows", "log"} & containers
        free = containers - helper_words - {"boxes"}
        if bits & 1:
            local = {name for name in free if not (name in aliases and not aliases <= free)}
        local |= assigned
        if aliases & local:
            local |= aliases
    scalars = [name for name in SCALARS if name in body_words]
    if not bits & 2 and len(scalars) > 1:
        scalars = [name for name in scalars if name != "t"]  # perhaps unbound
    init = initial(local, CONTAINERS) + initial(scalars, SCALARS)
    names = ("u", "t", "n", "s", "last", "x", "r") if "\n" in loop else ("t", "n", "s", "last")
    observed = [name for name in names if name in body_words]
    if bits & 4:
        observed.reverse()
    after = []
    if bits & 8 or not in_function:
        after = [f"print({name!r}, {name})" if name != "r" else "print(r.url)" for name in observed]
    after += [f"print({name})" for name in ("rows", "d") if name in local and bits & 16]
    if "it" in needed:
        after.append("print(list(it))")
    parameters = ", ".join(
        name for name in ("ITEMS", "pair") if name in body_words and name not in local
    )
    if not in_function and not bits & 32:
        after = []
    text = template.replace("PARAMETERS", parameters)
    for mark, statements in (
        ("INIT", init or ["pass"]),
        ("AFTER", after or ["pass"]),
        ("LOOP", [loop]),
    ):
        lines_of = []
        for line in text.split("\n"):
            if line.strip() == mark:
                by = line[: line.index(mark)]
                block = "\n".join(statements)
                lines_of.append(by + shifted(block, by))
            else:
                lines_of.append(line)
        text = "\n".join(lines_of)
    if context == "at exit":
        needed.add("atexit")
    top = ["import requests"] + [f"import {m}" for m in ("atexit", "math", "os", "time")
                                 if m in needed]  # fmt: skip
    top += [""] + initial(needed, GLOBALS)
    late = initial(containers - local, CONTAINERS)
    parts = ["\n".join(top), *definitions, "\n".join(late) + "\n" if late else "", text + "\n"]
    return Program(loop, context, "\n\n".join(part for part in parts if part))


# -- enumerations


def for_loop(source, blocks):
    return "for " + source + ":\n    " + "\n    ".join(shifted(b, "    ") for b in blocks)


def bodies(random_source, size):
    """An endless stream of bodies of `size` statements with something costly."""
    while True:
        statements = [
            random_source.choice(COSTLY if random_source.random() < 0.4 else CHEAP)
            for _ in range(size)
        ]
        if any(each in COSTLY for each in statements):
            yield wrap_some(random_source, statements)


def wrap_some(random_source, statements):
    if random_source.random() < 0.5:
        return statements
    first = random_source.randrange(len(statements))
    last = random_source.randrange(first, len(statements)) + 1
    around = wrapped(random_source.choice(WRAPPERS), statements[first:last])
    return [*statements[:first], around, *statements[last:]]


def loops():
    """Every loop of one statement, every pair without a wrapper, then a fixed draw of the rest."""
    for source in SOURCES:
        for statement in COSTLY:
            yield for_loop(source, [statement])
            for wrapper in WRAPPERS:
                yield for_loop(source, [wrapped(wrapper, [statement])])
    draw = random.Random(1)
    pairs = [
        (a, b) for a, b in itertools.product(COSTLY + CHEAP, repeat=2) if a in COSTLY or b in COSTLY
    ]
    for number, (a, b) in enumerate(pairs):
        for source in {SOURCES[0], SOURCES[number % len(SOURCES)], draw.choice(SOURCES)}:
            yield for_loop(source, [a, b])
    streams = [bodies(draw, size) for size in (2, 3, 3, 4)]
    while True:
        for stream in streams:
            blocks = next(stream)
            source = SOURCES[0] if draw.random() < 0.3 else draw.choice(SOURCES)
            if draw.random() < 0.1:
                blocks = [*blocks, draw.choice(IN_FUNCTIONS)]
            yield for_loop(source, blocks)


ELEMENTS = """
fetch(u)
requests.get(BASE + u).text
load(u)
weigh(u)
deep(2, u)
(u, fetch(u))
fetch(u) + s
fetch(u) + fetch(u + "2")
box.fetch(u)
box.count(u)
made(u)
kept(u)
noted(u)
moded(u)
counted(u)
told(u)
d.get(fetch(u), u)
fetch(d["k"])
len(fetch(u))
fetch(u) if u != "b" else ""
(last := fetch(u))
fetch(u + last)
checked(u)
picky(u)
store(u)
rows.append(fetch(u))
requests.get(BASE + "same").text
weigh_mode(u)
weigh(fetch(u))
[fetch(c) for c in u]
next(other) + fetch(u)
save_first(u)
"""
CONDITIONS = ["", ' if u != "b"', " if u not in seen", ' if "1" in fetch(u)', " if not seen.add(u)",
              " if n < 2", " if weigh(u) > 1", " for c in u", ' if u != "b" if u']  # fmt: skip
DISPLAYS = [
    "[E for S]",
    "{u: E for S}",
    "list(E for S)",
    "{str(E) for S}",
    '"".join(str(E) for S)',
    "sum(len(str(E)) for S)",
    "sorted(str(E) for S)",
    "max(str(E) for S)",
    "tuple(E for S)",
    "any(E for S)",
    "dict((u, E) for S)",
]
USES = ["t = @", "print(@)", "rows.append(@)", "rows.extend(@)", "for v in @:\n    print(v)",
        "n += len(@)", "t = len(rows), @"]  # fmt: skip


def comprehensions():
    draw = random.Random(2)
    everything = list(itertools.product(DISPLAYS, lines(ELEMENTS), CONDITIONS, USES))
    draw.shuffle(everything)
    for number, (display, element, condition, use) in enumerate(everything):
        source = SOURCES[0] if number % 3 == 0 else SOURCES[number % len(SOURCES)]
        text = display.replace("S", "\0", 1) if "S" in display else display
        text = text.replace("E", element).replace("\0", source + condition)
        yield use.replace("@", text)


def fits(loop, context):
    if "return" in loop:
        return CONTEXTS[context][0]
    if ":=" in loop and context == "class body":
        return False  # not Python
    return context not in ("else", "generator") or (
        loop.startswith("for ") and "for v in" not in loop
    )


def enumerate_loops():
    """Distinct loops with the contexts they are tried in and the choices of their programs."""
    draw = random.Random(3)
    seen = set()
    waiting = []  # contexts not yet used in this round
    streams = itertools.chain.from_iterable(
        itertools.zip_longest(loops(), itertools.islice(loops(), 40_000, None), comprehensions())
    )
    for loop in streams:
        if loop is None or loop in seen:
            continue
        seen.add(loop)
        if not waiting:
            waiting = list(CONTEXTS)
            draw.shuffle(waiting)
        context = next((each for each in waiting if fits(loop, each)), None)
        if context is None:
            continue
        waiting.remove(context)
        yield loop, context, draw.randrange(64)


def programs(count, part=0, parts=1):
    """The programs of the first `count` loops, or of every `parts`th of them."""
    chosen = itertools.islice(enumerate_loops(), part, count, parts)
    return (program(loop, context, bits) for loop, context, bits in chosen)
