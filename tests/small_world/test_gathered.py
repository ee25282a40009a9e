"""What a loop gathers and counts, enumerated: containers, texts and numbers that every iteration
changes, in functions, methods, closures and modules, with what may end or skip an iteration."""

import random

import pytest
from enumerated import differences, rewrite

PROGRAMS = 60  # of each container
START = """import collections, requests, zlib
def work(x):
    {fails}
    return zlib.crc32(requests.get("http://h/" + str(x)).text.encode()) % 8
"""
FAILS = ["pass", "pass", "pass", "if x == 3: raise KeyError(x)", "if x == 4: raise ValueError(x)"]
# What is made before the loop, and how an iteration changes it with VALUE.
CONTAINERS = {
    "list": ("s = []", [
        "s.append(VALUE)", "s += [VALUE]", "s.extend([VALUE, i])", "s.insert(0, VALUE)",
        "s[len(s):] = [VALUE]", "s = s + [VALUE]", "s.append((i, VALUE))",
        "if VALUE not in s: s.append(VALUE)", "s.append(len(s) + VALUE)",
        "s and s.pop(); s.append(VALUE)"]),
    "set": ("s = set()", [
        "s.add(VALUE)", "s |= {VALUE}", "s.update([VALUE, i])", "s.discard(VALUE) or s.add(i)",
        "s ^= {VALUE}", "if VALUE not in s: s.add(VALUE)", "n = len(s); s.add(VALUE)"]),
    "dict": ("s = {}", [
        "s[i] = VALUE", "s[VALUE] = i", "s.setdefault(VALUE, []).append(i)", "s.update({i: VALUE})",
        "s[i] = s.get(i, 0) + VALUE", "s[VALUE] = s.get(VALUE, 0) + 1", "s.setdefault(i, VALUE)",
        "s.pop(VALUE, None); s[i] = VALUE"]),
    "Counter": ("s = collections.Counter()", [
        "s[VALUE] += 1", "s.update([VALUE])", "s.subtract([VALUE])",
        "s += collections.Counter([VALUE])"]),
    "defaultdict": ("s = collections.defaultdict(list)", [
        "s[VALUE].append(i)", "s[i].append(VALUE)", "s[VALUE] += [i]"]),
    "deque": ("s = collections.deque()", [
        "s.append(VALUE)", "s.appendleft(VALUE)", "s.rotate(1); s.append(VALUE)"]),
    "slots": ("s = [0] * 9", [
        "s[VALUE] += 1", "s[VALUE] = i", "s[i % 9] = VALUE", "s[VALUE], s[0] = s[0], s[VALUE]"]),
    "two names": ("s = t = []", ["s.append(VALUE); t.append(i)", "s.append(VALUE); n = len(t)"]),
    "nested": ("t = []; s = [t, t]", [
        "s[VALUE % 2].append(i)", "s[0].append(VALUE)", "t.append(VALUE); n = len(s[1])"]),
    "text": ("s = ''", ["s += str(VALUE)", "s = str(VALUE) + s"]),
    "number": ("s = 0", [
        "s += VALUE", "s = max(s, VALUE)", "s = VALUE - s", "s += 1; n = s", "s = s * 2 + VALUE"]),
}  # fmt: skip
VALUES = ["work(i)", "work(i)", "y", "work(i + 1)", "work(k)", "work(len(str(i)))"]
HEADERS = [
    "for i in range(7):", "for i in [3, 1, 1, 4]:", "for i, c in enumerate('abcd'):",
    "for i in {2: 0, 5: 0}:", "for i in iter([1, 2, 3]):", "for i in map(int, '4531'):",
]  # fmt: skip
BESIDE = [
    "if i == 3: continue", "if i == 4: break", "if work(i) == 2: continue", "if i % 2: print(i)",
    "if len(str(s)) > 60: break", "k = i", "if i == 4: raise ValueError(s)", "print(s)", "print(i)",
    "n = i", "if work(i) % 4 == 1: break",
]  # fmt: skip
AFTER = ["print(s)", "print(n if 'n' in locals() else 0, s)", "print(y if 'y' in dir() else 0, s)"]
PLACES = {
    "function": "def main(k):\n    {made}\n    {loop}\n    {after}\nmain(1)\n",
    "closure": "def main(k):\n    {made}\n    def show():\n        return str(s)\n"
    "    {loop}\n    {after}\n    print(show())\nmain(1)\n",
    "global": "{made}\ndef main(k):\n    global s\n    {loop}\n    {after}\nmain(1)\nprint(s)\n",
    "method": "class A:\n  def main(self, k):\n    {made}\n    self.s = s\n    {loop}\n"
    "    {after}\n    print(self.s)\nA().main(1)\n",
    "inside": "def main(k):\n    {made}\n    if True:\n        try:\n            {loop}\n"
    "        except Exception as error:\n            print(type(error).__name__, error)\n"
    "    {after}\nmain(1)\n",
}


def program(chosen, made, changes):
    value = chosen.choice(VALUES)
    lines = ["y = work(i)"] if value == "y" else []
    if chosen.random() < 0.55:
        lines.insert(chosen.randint(0, len(lines)), chosen.choice(BESIDE))
    lines.append(chosen.choice(changes).replace("VALUE", value))
    if chosen.random() < 0.15:
        lines[-1:] = ["try:", "    " + lines[-1], "except KeyError: pass"]
    if chosen.random() < 0.3:
        lines.append(chosen.choice(BESIDE))
    place = PLACES[chosen.choice(list(PLACES))]
    indentation = place.split("{loop}")[0].rsplit("\n", 1)[1]
    loop = [chosen.choice(HEADERS), *("    " + line for line in lines)]
    text = place.format(made=made, loop=("\n" + indentation).join(loop), after=chosen.choice(AFTER))
    return START.format(fails=chosen.choice(FAILS)) + text


@pytest.mark.parametrize("container", CONTAINERS)
def test_what_is_gathered(tmp_path, container):
    chosen = random.Random(container)
    rewritten = [
        number
        for number in range(PROGRAMS)
        if rewrite(tmp_path, number, program(chosen, *CONTAINERS[container]))
    ]
    assert len(rewritten) >= PROGRAMS // 4
    assert differences(tmp_path, rewritten) == []
