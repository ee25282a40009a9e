"""A test of the test: one false claim of each kind, seeded, and the observer must tell it."""

import io
import sys
import types

import pytest

import rows
from walk import Walk

MODULE = '''
import io, os, random, time, logging, subprocess, sys
REGISTRY = []

def quiet_append(items, item): items.append(item)
def quiet_deep(items): items[0].append(1)
def quiet_print(text): print(text)
def quiet_error(text): print(text, file=sys.stderr)
def quiet_open(path): open(path).close()
def quiet_write(path): open(path, "w").close()
def quiet_random(): return random.random()
def quiet_environ(): os.environ["BRAID_SEEDED"] = os.environ.get("BRAID_SEEDED", "") + "x"
def quiet_chdir(): os.chdir("..")
def quiet_limit(): sys.setrecursionlimit(sys.getrecursionlimit() + 1)
def quiet_sleep(): time.sleep(0)
def quiet_command(): subprocess.call(["true"])
def quiet_logging(): logging.disable(7 - logging.root.manager.disable)
def quiet_umask(): os.umask(0o33)
def not_fresh(items): return items
def shares(items): return [items]
def keeps_quietly(holder, item): holder.held = item
def advances(iterator): next(iterator)
def wrong_type(): return "text"
def wrong_inner(): return [1]
def no_argument(item): return [item]
def not_self_element(items): return object()
def raises_quietly(x): raise KeyError(x)
def raises_other(x): raise KeyError(x)
def stays(): return None

class Thing:
    value = 3
    def __init__(self): self.count = 0; self.held = None
    def tick(self): self.count += 1
    def me(self): return Thing()

class Holder:
    pass

class Changing(list):
    pass

class Unpicklable:
    def __init__(self): self.function = lambda: 0

class Plain:
    def __init__(self): self.a = 1

class NoError: pass

class Twos:
    def __iter__(self): return iter(["two"])

class Base:
    def walk(self): pass
    def run(self): pass
'''

KNOWLEDGE = '''
library = "seeded"
source = "nowhere"

[module."seeded"]
"quiet_append(items, item)" = "pure; returns None"
"quiet_deep(items)" = "writes items; returns None"
"quiet_print(text)" = "returns None"
"quiet_error(text)" = "appends stdout; returns None"
"quiet_open(path)" = "returns None"
"quiet_write(path)" = "reads file(path); waits disk; returns None"
"quiet_random()" = "returns float"
"quiet_environ()" = "returns None"
"quiet_chdir()" = "returns None"
"quiet_limit()" = "returns None"
"quiet_sleep()" = "returns None"
"quiet_command()" = "returns any"
"quiet_logging()" = "returns None"
"quiet_umask()" = "returns None"
"not_fresh(items)" = "reads items; returns fresh list"
"shares(items)" = "reads items; returns fresh list"
"keeps_quietly(holder, item)" = "writes holder; returns None"
"advances(iterator)" = "returns None"
"wrong_type()" = "returns int"
"wrong_inner()" = "returns fresh list[str]"
"no_argument(item)" = "returns arg(item)"
"not_self_element(items)" = "returns element(items)"
"raises_quietly(x)" = "raises nothing"
"raises_other(x)" = "raises ValueError"
"constant" = "int"
"Thing()" = "returns fresh Thing"

[type."seeded.Thing"]
"tick()" = "reads self; returns None"
"me()" = "returns self"
"value" = "str"

[type."seeded.Changing"]
is = "immutable"
[type."seeded.Unpicklable"]
is = "value-like"
[type."seeded.Plain"]
is = "handle lazy"
[type."seeded.NoError"]
is = "exception"
[type."seeded.Twos"]
is = "items(int)"
[type."seeded.Holder"]
is = "bases(seeded.Base)"
[type."seeded.Base"]
"walk()" = "returns None"
'''

CALLS = {
    "quiet_append": ("writes", "seeded.quiet_append([], [1])"),
    "quiet_deep": ("writes", "seeded.quiet_deep([[1]])"),
    "quiet_print": ("appends", "seeded.quiet_print('x')"),
    "quiet_error": ("appends", "seeded.quiet_error('x')"),
    "quiet_open": ("reads", "seeded.quiet_open('seeded.txt')"),
    "quiet_write": ("writes", "seeded.quiet_write('seeded.txt')"),
    "quiet_random": ("writes", "seeded.quiet_random()"),
    "quiet_environ": ("writes", "seeded.quiet_environ()"),
    "quiet_chdir": ("writes", "seeded.quiet_chdir()"),
    "quiet_limit": ("writes", "seeded.quiet_limit()"),
    "quiet_command": ("waits", "seeded.quiet_command()"),
    "quiet_logging": ("writes", "seeded.quiet_logging()"),
    "quiet_umask": ("writes", "seeded.quiet_umask()"),
    "not_fresh": ("returns", "seeded.not_fresh([1])"),
    "shares": ("returns", "seeded.shares([1])"),
    "keeps_quietly": ("keeps", "seeded.keeps_quietly(seeded.Holder(), [1])"),
    "advances": ("writes", "seeded.advances(iter([1, 2]))"),
    "wrong_type": ("returns", "seeded.wrong_type()"),
    "wrong_inner": ("returns", "seeded.wrong_inner()"),
    "no_argument": ("returns", "seeded.no_argument([1])"),
    "not_self_element": ("returns", "seeded.not_self_element([1])"),
    "raises_quietly": ("raises", "seeded.raises_quietly(1)"),
    "raises_other": ("raises", "seeded.raises_other(1)"),
    "Thing.tick": ("writes", "seeded.Thing().tick()"),
    "Thing.me": ("returns", "seeded.Thing().me()"),
}
if sys.version_info >= (3, 13):  # before, sleeping raised no audit event
    CALLS["quiet_sleep"] = ("waits", "seeded.quiet_sleep()")


@pytest.fixture
def walk(tmp_path, monkeypatch):
    module = types.ModuleType("seeded")
    exec(MODULE, module.__dict__)
    module.constant = "no int"
    for value in vars(module).values():
        if isinstance(value, type):
            value.__module__ = "seeded"
    monkeypatch.setitem(sys.modules, "seeded", module)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    (tmp_path / "below" / "seeded.txt").write_text("x")
    file = tmp_path / "seeded.toml"
    file.write_text(KNOWLEDGE)
    book = rows.Book([file, rows.ROOT / "knowledge" / "builtins.toml",
                      rows.ROOT / "knowledge" / "io.toml", rows.ROOT / "knowledge" / "types.toml"])
    import os
    mask = os.umask(0o22)
    yield Walk(book)
    os.umask(mask)
    os.environ.pop("BRAID_SEEDED", None)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_false_claim_is_caught(walk, tmp_path, name):
    kind, text = CALLS[name]
    path = tmp_path / "line.py"
    path.write_text("import seeded\n%s\n" % text)
    # In the folder of the fixture, where the seeded file lies.
    import ast
    space = {"seeded": sys.modules["seeded"]}
    walk.call_line(ast.parse(text, mode="eval").body, space, "seeded")
    found = {(violation.name, violation.kind) for violation in walk.observer.violations}
    assert ("seeded." + name, kind) in found
    assert "frame" not in walk.observer.observed.get("seeded." + name, ()) or kind == "returns"


@pytest.mark.parametrize("name, word", [
    ("Changing", "immutable"), ("Unpicklable", "value-like"), ("Plain", "handle"), ("Plain", "lazy"),
    ("NoError", "exception"), ("Twos", "items("), ("Holder", "bases("),
])
def test_a_false_kind_is_caught(walk, monkeypatch, name, word):
    import walk as module
    monkeypatch.setitem(module.NAMESPACE, "seeded", sys.modules["seeded"])
    monkeypatch.setitem(module.INSTANCES, "seeded." + name, ["seeded.%s()" % name])
    kind = getattr(sys.modules["seeded"], name)
    values = [kind()]
    text = next(entry for entry in walk.book.words("seeded." + name) if entry.startswith(word))
    assert walk.word("seeded." + name, text, kind, values)[0] is False


def test_a_false_attribute_is_caught(walk):
    walk.attribute(walk.book.attributes["seeded.constant"], sys.modules["seeded"].constant)
    walk.attribute(walk.book.attributes["seeded.Thing.value"], 3)
    assert {violation.kind for violation in walk.observer.violations} == {"attribute"}


def test_true_claims_pass(walk):
    import ast
    space = {"io": io, "seeded": sys.modules["seeded"]}
    for text in ("[1].append([2])", "len([1])", "print('x')", "sorted([2, 1])", "int('x')",
                 "io.StringIO('x').read()", "{1: [2]}.get(1)", "open('seeded.txt').close()"):
        walk.call_line(ast.parse(text, mode="eval").body, space, "true")
    assert walk.observer.violations == []
    assert "frame" in walk.observer.observed["list.append"]
    assert "keeps object in self" in walk.observer.observed["list.append"]
