"""What small loops are made of: statements, wrappers, sources, parts of comprehensions."""


def lines(block):
    return [line for line in block.splitlines() if line]


COSTLY = lines("""
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
t = fetch(x)
rows.append(fetch(x))
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
t = tally.ask(u)
t = fetch(u + tally.ask(u))
t = fetch(u + tally.remembered())
t = consulted(u)
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
""")

# What belongs together: what is costly needs what stands beside it. Each counts as one statement.
TOGETHER = [
    't = {"a": "1", "b": "2"}[u]\nrows.append(fetch(t))',
    "n = 6 // (2 - n)\nt = fetch(u + str(n))",
    'u = u + "!"\nt = ended(u)',
    "if u not in seen:\n    rows.append(fetch(u))\nseen.add(u)",
    "if len(rows) < 2:\n    rows.append(fetch(u))",
    "pair = [u, u]\nt = filled(pair)[0]\nprint(pair)",
    't = open("in.txt").read()\nopen("in.txt", "w").write(u)\nt = fetch(t)',
    'rows.append(open("in.txt").read() + fetch(u))\nopen("in.txt", "w").write(u)',
    "tally.remember(u)\nt = fetch(u + tally.remembered())",
    "tally.remember(u)\nt = fetch(u)\nrows.append(tally.remembered())",
    'os.environ["HTTP_PROXY"] = u\nt = fetch(u)',
    "t = moded(u)\nswitch(t)",
    "n += len(fetch(u))\nt = fetch(u + str(n))",
    'if u == "b": continue\nrows.append(fetch(u))',
    'rows.append(fetch(u))\nif u == "b": break',
    't = "none"\ntry:\n    x = {"a": "1", "b": "2"}[u]\n    t = "some"\nexcept KeyError:\n    print("no", u)\nrows.append(fetch(t))',
    'try:\n    x = {"a": "1", "b": "2"}[u]\nexcept KeyError:\n    print("no", u)\nelse:\n    t = "some"\nrows.append(fetch(u + t))',
    'try:\n    x = {"a": "1", "b": "2"}[u]\n    if u != "b": continue\nexcept KeyError:\n    n += 1\nrows.append(fetch(u))',
    'try:\n    x = {"a": "1", "b": "2"}[u]\nexcept KeyError:\n    x = "3"\nrows.append(fetch(u + x))',
    'try:\n    if u == "b": raise KeyError(u)\n    t = fetch(u)\nexcept KeyError:\n    print("no", u)',
    'pair = [u, u]\ntry:\n    x = {"a": "1", "b": "2"}[u]\n    pair[0] = "some"\nexcept KeyError:\n    pass\nt = filled(pair)[0]',
    'x = ""\nfor c in u:\n    x += c\n    if n > 1: break\nt = fetch(u + x)',
    "pair = []\nfor c in u + u: pair.append(c)\nt = filled(pair)[0]",
    "pair = []\nfor c in u + u: pair.append(c)\nrows.append(pair)\nt = filled(pair)[0]",
    "while n < 2: n += 1\nrows.append(fetch(u + str(n)))",
    'x = {}\nfor c in u:\n    x["q"] = c + t\nt = requests.get(BASE + u, params=x).text',
    'x = {}\nfor c in u:\n    x[c] = t\nprint(x)\nt = requests.get(BASE + u, params=x).text\nprint(x)',
    'match u:\n    case "b":\n        x = "1"\n    case _:\n        x = t\nt = fetch(u + x)',
    "for x in rows: n += len(str(x))\nrows.append(fetch(u + str(n)))",
    "for x in ITEMS:\n    if x == u: continue\n    last = x\nt = fetch(u + last)",
    'd["k"] = u\nt = requests.get(BASE, params=d).text',
    'd["k"] = t\nprint(requests.get(BASE + u, params=d).text, d)',
    "d[u] = n\nrows.append(requests.get(BASE + u, params=d))\nlog.append(d)",
    "pair[0] = u\nt = joined(pair)",
    "pair.append(u)\nrows.append(joined(pair))\nprint(len(pair))",
    "pair.append(u)\nt = joined(pair)\npair.pop()",
    "x = pair\nx[1] = u\nt = joined(pair)",
    "pair[0] = u\nrows.append(joined(pair))\nlog.append(pair)",
    "seen.add(u)\nt = fetch(u + str(len(seen)))\nprint(len(seen))",
    'x = "no"\nwith Quiet():\n    x = {"a": "1", "b": "2"}[u]\nt = fetch(u + x)',
    'with Quiet():\n    x = {"a": "1", "b": "2"}[u]\n    n += 1\nrows.append(fetch(u + str(n)))',
    'with Quiet():\n    t = {"a": "1", "b": "2"}[u]\n    rows.append(fetch(t))',
    'with Quiet():\n    if u == "b": raise KeyError(u)\n    t = fetch(u)\n    continue\nprint("skipped", u)',
    'with open("in.txt") as f:\n    t = fetch(f.read() + u)\n    print(t)\n    rows.append(u)',
    'with open("in.txt") as f:\n    x = f.read()\n    t = fetch(u)\n    if u == "b": continue\n    print(f.read())',
    'with requests.get(BASE + u) as r:\n    t = r.text + fetch(u)\n    print(t)\n    if n > 1: break',
    'with open("in.txt") as f:\n    t = fetch(f.read())\n    open("in.txt", "w").write(u)\n    print(t)',
]
# What an iteration does to an object that it comes to.
TO_CELLS = [
    'cell["q"] = fetch(u + cell["q"])',
    't = fetch(u + cell["q"])\ncell["q"] = t[-2:]',
    'cell["q"] = cell["q"] + "!"\nt = fetch(cell["q"])',
    't = requests.get(BASE, params=cell).text\ncell["q"] = t[-2:]',
    't = fetch(u + cells["a"]["q"])\ncell["q"] = t[-2:]',
    'log.append(cell)\ncell["q"] = fetch(u + log[0]["q"])[-2:]',
    't = fetch(u)\nfor x in cells.values(): x["q"] += t[-1]',
    'x = [cell]\nx[0]["q"] = fetch(u + x[0]["q"])[-2:]',
    't = fetch(u + str(cells))\ncell["q"] = t[-2:]',
    'if u == "b": cells["c"] = cell\ncell["q"] = fetch(u + cell["q"])[-2:]',
    't = fetch(u + cell["q"])\nif last != "none": last["q"] = t[-2:]\nlast = cell',
]
# Costly parts that add to containers, and what looks at these.
TO_GATHER = [
    'for c in u + "x":\n    t = fetch(u + c)\n    if t != "x": rows.append(t)',
    "for c in fetch(u):\n    rows.append(c)\n    d[c] = u",
    'for c in u + "x":\n    rows.append(fetch(u + c))\n    log.append(c)',
    'for c in u + "x":\n    log.append(c)\n    rows.append(fetch(u + c))\nprint(len(log), rows)',
    "for c in u: rows.append(fetch(u + str(len(rows))))",
    'for c in u + "x":\n    d[c] = fetch(u + c)\nprint(len(d))',
    'x = fetch(u)\nfor c in x + fetch(x): rows.extend([c, pair])',
    'with open("in.txt") as f:\n    for x in f:\n        rows.append(x + fetch(u))',
    'for c in u + "x":\n    rows.append(fetch(u + c))\nif len(rows) > 2: break',
    'for c in u + "x":\n    d[c] = 6 // (2 - n)\n    t = fetch(c)',
    'for c in u + "x":\n    rows.append({"a": "1", "b": "2"}[c])\n    t = fetch(c)',
    'if u in d: continue\nfor c in u + "x": d[c] = fetch(u + c)',
]
# Costly parts that print, or fail in the middle of what they gather.
TO_PRINT = [
    'for c in u + "x":\n    t = fetch(u + c)\n    print(c, t)',
    'for c in u + "x":\n    print(c, end=" ")\n    rows.append(fetch(u + c))\nprint(len(rows))',
    'for c in u + "x":\n    try:\n        print(6 // (2 - n), fetch(u + c), sep="/")\n    except ZeroDivisionError as e:\n        print("no", c, e)',
    'try:\n    for c in "xa":\n        rows.append({"a": "1", "b": "2"}[c if u == "c" else u] + fetch(c))\nexcept KeyError:\n    print(len(rows))',
    'x = fetch(u)\nprint("got", x)\nt = fetch(x)\nn = 6 // (2 - n)',
    'try:\n    for c in u + "x":\n        last = fetch(u + c)\n        print(c)\n        n = {"a": 1, "b": 2}[c]\nexcept KeyError:\n    print(last, n)',
    'for x in range(2):\n    try:\n        t = fetch(u + str(x))\n        print("found", t)\n        break\n    except Exception as e:\n        print("failed:", e)\nelse:\n    print("gave up")',
    'for c in u + "x":\n    for x in "yz":\n        print(c, x, [print(len(fetch(y))) for y in c])\n    d[c] = x',
    'if u in d: continue\nfor c in u + "x":\n    if fetch(c) == "y": raise KeyError(c)\n    print(c)\n    d[c] = u',
]
# Costly parts that print in the functions which they call.
TO_SHOW = [
    "t = shown(u)",
    'rows.append(shown(u, "!") + shown(u))',
    'if len(shown(u)) > 2: last = u\nelse: note("short")',
    "d[u] = [shown(c) for c in u + t[-1]]",
    'print(u, shown(u, ending="?"))',
    'try:\n    s += shown(u)\nexcept KeyError as e:\n    print("no", e)\nelse:\n    n += 1',
    "n = weighed(u) + n",
    "try:\n    print(u, weighed(u))\nexcept Problem as e:\n    rows.append(e.page)",
    'for c in u + "x":\n    print(c)\n    rows.append(weighed(c))',
    "if u in seen: continue\nseen.add(u)\nif weighed(u) == n: break",
    "t = box.show(u)",
    'rows.append(box.show(u))\nbox.say("kept", u)',
    "box.n += len(box.show(u))",
]
TOGETHER += TO_CELLS + TO_GATHER + TO_PRINT + TO_SHOW
COSTLY += TOGETHER

CHEAP = lines("""
print(u)
print(t)
print(n)
print(u, last)
print(cell)
cell["q"] = t
rows.append(cell)
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
x = {"a": "1", "b": "2"}[u]
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
tally.remember(u)
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
""")

IN_FUNCTIONS = lines("""
if u == "b": return t
return u
if "1" in str(t): return n
""")

# `@` is where the wrapped statements stand.
WRAPPERS = [
    'if u != "b":\n    @',
    "if n < 2:\n    @",
    "n += 1\nif n != 2:\n    @",
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
    "u in once",
    "u in pages()",
    "u in noisy()",
    "u in failing()",
    'u in open("in.txt")',
    "u, cell in cells.items()",
    "u, cell in alike.items()",
    "u in rows",
    "u in reversed(ITEMS)",
    'u in "abc"',
]

ELEMENTS = lines("""
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
tally.ask(u)
weigh_mode(u)
weigh(fetch(u))
[fetch(c) for c in u]
next(other) + fetch(u)
save_first(u)
""")
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


def shifted(text, by):
    return text.replace("\n", "\n" + by)


def wrapped(wrapper, statements):
    before, _, after = wrapper.partition("@")
    by = before[before.rfind("\n") + 1 :]
    return before + shifted("\n".join(statements), by) + after
