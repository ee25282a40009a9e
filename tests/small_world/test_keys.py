"""Elements that Braid takes to be different ones, enumerated: loops of many headers that read and
set elements of lists and dicts by many keys. Original and rewritten program are executed, and what
they leave is compared."""

import os
import pathlib
import random
import subprocess
import sys

import pytest

LIBRARIES = pathlib.Path(__file__).resolve().parent.parent / "libraries"
PER_FORM = 260
KEYS = [
    "i", "i + 1", "i - 1", "1 - i", "-i", "0", "-1", "True", "1.0", "i % 3", "2 * i", "i * i", "~i",
    "k", "i + k", "str(i)", "f'{i}'", "f'x{i}'", "(i,)", "abs(i - 2)", "int(i)", "float(i)",
    "b[i]", "x", "3", "'3'", "i + 0", "i + True", "0 + i", "i + 2", "-1 + i", "'%s' % i", "i or 5",
    "-5", "-12",
]  # fmt: skip
HEADERS = [
    "i in range(5)", "i in range(1, 5)", "i in range(-3, 3)", "i in range(4, -1, -1)",
    "i in range(3, -4, -1)", "i in range(k, 5)", "i in range(0, 6, 2)", "i in range(-12, 3)",
    "i in range(*[-2, 3])", "i, x in enumerate(*[a, 1])",
    "i in range(len(a) - 8)", "i in [0, 1, 2, 3]", "i in [-2, -1, 0, 10, 11]",
    "i in [0, 1, 1.0, 2]", "i in [True, 1, 0]", "i in (0, 1, 0)", "i in {0, 1, 2}",
    "i in {0: 1, 1: 2, 3: 3}", "i in sorted({1, 2, 0})", "i in reversed(range(4))",
    "i, x in enumerate(a)", "i, x in enumerate(a, 1)", "i, x in enumerate(a, -2)",
    "i, x in enumerate(a, start=1)", "i, x in enumerate(a, start=0)",
    "i, x in enumerate(sorted(a, key=str))", "i, x in enumerate(list(a))",
    "i, x in enumerate(reversed(list(a)))", "i, x in enumerate(c)",
    "i, x in enumerate(list(a)[1:])", "i, x in enumerate(range(4))", "i, x in enumerate(zip(a, c))",
    "i, x in enumerate(v for v in a)", "i, x in enumerate(map(str, a))", "i in a", "i in list(a)",
    "x in a", "i, x in zip(range(4), a)", "i, x in zip(a, c)",
    "i, x in d.items()", "i in d", "i in list(d)", "i in d.keys()", "x in d.values()",
    "i, x in list(d.items())", "i in sorted(d, key=str)", "i, x in e.items()", "i in e",
    "i in set(d)", "i, x in zip(d, e)", "x, i in d.items()", "i in tuple(d)",
]  # fmt: skip
# What an iteration does: O the list or dict, P, Q and R keys.
FORMS = {
    "in place": ["O[P] = work(O[Q])"],
    "in two steps": ["y = work(O[Q])", "O[P] = y + 1"],
    "added": ["O[P] += work(O[Q])"],
    "set before": ["O[P] = 7", "s.append(work(O[Q]))"],
    "set behind": ["s.append(work(O[P]))", "O[Q] = len(s)"],
    "deleted": ["y = work(O[Q])", "del O[P]", "s.append(y)"],
    "looked at": ["y = work(O[Q])", "O[P] = y", "s.append(O[R])"],
    "item shown": ["y = work(i)", "O[P] = y", "s.append(x)"],
}
START = """import requests, zlib
b = [0, 1, 1, 2, 0, 3, 4, 5, 6, 7, 8, 9]
def work(x):
    return zlib.crc32(requests.get("http://h/" + str(x)).text.encode()) % 8
"""
LOOP = """def loop_{number}(k):
    a = list(range(12))
    c = list(range(3, 9))
    d = {{0: 1, 1: 2, 2: 0, 3: 3, "3": 4, "x1": 5, 4: 4}}
    e = {{1: 1, 0: 2, 5: 3, "3": 4}}
    s = []
    x = 1
    try:
        for {header}:
            {body}
    except Exception as error:
        print(type(error).__name__)
    print({number}, a, c, d, e, s)
loop_{number}(1)
"""


# The same with objects, which may stand in several containers, and several times in one.
OBJECT_HEADERS = [
    "i in range(5)", "i in range(len(a))", "i in range(-3, 3)", "i in range(4, -1, -1)",
    "i in range(k, 5)", "i, x in enumerate(a)", "i, x in enumerate(a, 1)", "i, x in enumerate(c)",
    "i, x in enumerate(list(a))", "i, x in enumerate(reversed(a))", "i, x in enumerate(g)",
    "i, x in enumerate(sorted(a, key=str))", "i, x in zip(range(5), a)", "i in d", "i in e",
    "i, x in d.items()", "i, x in e.items()", "i in list(d)", "x in a", "x in d.values()",
    "i, x in enumerate(d.values())", "i in (0, 1, 0)", "i in sorted(d)",
]  # fmt: skip
OBJECT_FORMS = {
    "changed in place": ["O[P]['n'] = work(O[Q]['n'])"],
    "of another container": ["O[P]['n'] = work(T[Q]['n'])"],
    "of the item": ["O[P]['n'] = work(x['n'])"],
    "under a name": ["y = O[P]", "z = work(y['n'])", "y['n'] = z + T[Q]['n']"],
    "replaced": ["y = work(O[P]['n'])", "O[Q] = {'n': y}", "T[P]['n'] = y"],
    "swapped": ["y = work(O[P]['n'])", "O[P], O[Q] = O[Q], O[P]", "O[P]['n'] = y"],
}
# Of 260 of a form: how many are rewritten at least.
LEAST = {"changed in place": 8, "under a name": 8, "swapped": 0}
OBJECT_LOOP = """def loop_{number}(k):
    a = [{{"n": j}} for j in range(8)]
    c = list(reversed(a))
    d = {{j: {{"n": j}} for j in range(5)}}
    e = {{4 - j: d[j] for j in d}}
    g = [{{"n": 0}}] * 8
    s = []
    x = a[0]
    try:
        for {header}:
            {body}
    except Exception as error:
        print(type(error).__name__)
    print({number}, a, c, d, e, g, s)
loop_{number}(1)
"""


def programs(form):
    """Half of them with one key, of which many can be proven."""
    chosen = random.Random(form)
    objects = form in OBJECT_FORMS
    headers = OBJECT_HEADERS if objects else HEADERS
    statements = (OBJECT_FORMS if objects else FORMS)[form]
    found = []
    while len(found) < PER_FORM:
        header, p, q, r = (chosen.choice(each) for each in (headers, KEYS, KEYS, KEYS))
        if len(found) % 4 < 2:
            p = q = r = "i"
        elif len(found) % 4 == 2:
            q = r = p
        body = "\n            ".join(statements)
        of, other = (chosen.choice("aacddeg" if objects else "ad") for _ in range(2))
        for name, text in zip("OTPQR", (of, other, p, q, r)):
            body = body.replace(name, text)
        loop = OBJECT_LOOP if objects else LOOP
        found.append(loop.format(number=len(found), header=header, body=body))
    return START + "".join(found)


def run(path):
    return subprocess.run(
        [sys.executable, path.name], cwd=path.parent, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(LIBRARIES), "PYTHONHASHSEED": "0"},
    )  # fmt: skip


@pytest.mark.parametrize("form", [*FORMS, *OBJECT_FORMS])
def test_elements_of_different_iterations(tmp_path, form):
    original = tmp_path / "original.py"
    rewritten = tmp_path / "rewritten.py"
    original.write_text(programs(form))
    done = subprocess.run(
        [os.environ["BRAID"], "fix", original, "-o", rewritten],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    before, after = run(original), run(rewritten)
    assert before.returncode == 0, before.stderr
    assert (after.returncode, after.stdout.splitlines()) == (0, before.stdout.splitlines())
    rewrites = int(done.stderr.split("rewrote ")[1].split()[0]) if "rewrote" in done.stderr else 0
    assert rewrites >= LEAST.get(form, 20)
