"""What loops go through, enumerated: iterators, files and what is made of them, read before, inside
and after the loop, by the same name and by others; with all assumptions accepted, and with none."""

import random

import pytest
from enumerated import differences, rewrite

PROGRAMS = 22  # of each input
START = """import csv, io, itertools, requests, zlib
def work(x):
    {fails}
    return zlib.crc32(requests.get("http://h/" + str(x)).text.encode()) % 8
with open("{table}", "w") as out:
    out.write("a,1\\nb,2\\n# c\\nb,2\\nd,4\\ne,5\\n")
def gives(n):
    for v in range(n):
        print("gives", v)
        yield v
def through(given):
    for v in given:
        yield str(v)
"""
FAILS = ["pass", "pass", "if str(x)[:1] in '3b': raise KeyError(x)"]
INPUTS = {
    "file": ["f = open(TABLE)"],
    "text": ["f = io.StringIO('a\\nb\\nc\\nd\\n')"],
    "iterator": ["f = iter([1, 2, 3, 4, 5])"],
    "generator": ["f = (v for v in [1, 2, 3, 4])"],
    "own generator": ["f = gives(4)"],
    "rows": ["f = csv.reader(open(TABLE))"],
    "rows and their file": ["g = open(TABLE)", "f = csv.reader(g)"],
    "pairs": ["f = zip(*[iter([1, 2, 3, 4, 5, 6])] * 2)"],
    "two names": ["f = g = iter([5, 6, 7, 8])"],
    "map": ["g = iter([1, 2, 3, 4, 5])", "f = map(abs, g)"],
    "generator over another": ["g = iter([1, 2, 3, 4, 5])", "f = (v + 1 for v in g)"],
    "held": ["f = iter([1, 2, 3, 4])", "h = [f]", "g = h[0]"],
    "list": ["f = [1, 2, 3, 4]", "g = iter(f)"],
    "lines": ["f = open(TABLE).readlines()"],
    "chain": ["f = itertools.chain([1, 2], open(TABLE))"],
}
HEADERS = [
    "for i in f:", "for i in f:", "for i in f:", "for n, i in enumerate(f):",
    "for i in itertools.islice(f, 3):", "for i in zip(f, range(4)):", "for i in iter(f):",
    "for i in list(itertools.islice(f, 4)):", "for i in map(str, f):", "for i in through(f):",
    "for i in (str(v) for v in f):", "for i, j in zip(f, f):", "for i in itertools.chain(f, [9]):",
]  # fmt: skip
BODIES = [
    ["s.append(work(i))"], ["print(i, work(i))"], ["y = work(str(i))", "s.append((i, y))"],
    ["if str(i).startswith('#'): continue", "s.append(work(i))"],
    ["s.append(work(i))", "if len(s) > 2: break"], ["if str(i) == '2': break", "print(work(i))"],
    ["y = work(i)", "z = next(f, None)", "s.append((y, z))"],
    ["z = next(g, None)", "s.append((work(z), i))"],
    ["y = work(i)", "if y % 3 == 0: break", "s.append(y)"],
    ["if i in seen: continue", "seen.append(i)", "s.append(work(i))"],
    ["s.append(work(i))", "if i == 3: raise ValueError(i)"],
    ["print(work(i), getattr(f, 'line_num', 0))"],
    ["for j in f:", "    s.append(work(j))", "    break"],
    ["try: s.append(work(i))", "except KeyError: s.append(None)"],
    ["k = k + 1", "s.append((work(i), k))"],
]  # fmt: skip
AFTER = [
    "print(s)", "print(s, next(f, 'end'))", "print(s, list(itertools.islice(f, 3)))", "print(s, i)",
    "print(s, next(g, 'end'))", "print(s, seen, k)", "print(s, next(iter(f), 'end'))",
]  # fmt: skip
PLACES = {
    "function": "def main():\n    {made}\n    {loop}\n    {after}\nmain()\n",
    "caught": "def main():\n    {made}\n    if s == []:\n        try:\n            {loop}\n"
    "        except Exception as error:\n            print(type(error).__name__, error)\n"
    "    {after}\nmain()\n",
    "given": "def main(f, g):\n    s, seen, k = [], [], 0\n    {loop}\n    {after}\ndef make():\n"
    "    {made}\n    return f, g\nf, g = make()\nmain(f, g)\nprint(next(iter(f), 'end'))\n",
    "else": "def main():\n    {made}\n    {loop}\n    else:\n        print('else', len(s))\n"
    "    {after}\nmain()\n",
}


def program(chosen, made, number):
    loop = [chosen.choice(HEADERS), *("    " + line for line in chosen.choice(BODIES))]
    lines = list(made)
    if not any("g =" in line for line in lines):
        lines.append("g = f" if chosen.random() < 0.3 else "g = iter([9, 8, 7])")
    if chosen.random() < 0.25:
        lines.append("next(iter(f), None)")
    table = f"table_{number}.csv"
    lines = [line.replace("TABLE", repr(table)) for line in lines] + ["s, seen, k = [], [], 0"]
    place = PLACES[chosen.choice(list(PLACES))]

    def at(name):
        return "\n" + place.split("{" + name + "}")[0].rsplit("\n", 1)[1]

    text = place.format(
        made=at("made").join(lines), loop=at("loop").join(loop), after=chosen.choice(AFTER)
    )
    return START.format(fails=chosen.choice(FAILS), table=table) + text


@pytest.mark.parametrize("accepted", [(), ("--assume", "all")])
def test_what_is_gone_through(tmp_path, accepted):
    chosen = random.Random(len(accepted))
    programs = [
        program(chosen, made, number) for made in INPUTS.values() for number in range(PROGRAMS)
    ]
    rewritten = [n for n, text in enumerate(programs) if rewrite(tmp_path, n, text, *accepted)]
    assert len(rewritten) >= len(programs) // 6
    assert differences(tmp_path, rewritten) == []
