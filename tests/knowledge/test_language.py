"""tools/compile_knowledge: what it refuses, and the table that it writes."""

import re
import subprocess
import sys

import pytest

from rows import ROOT

TOOL = ROOT / "tools" / "compile_knowledge"
GOOD = '''library = "lib"
source = "docs"
pure = "lib.quote"
unknown = ["lib.odd"]

[module."lib"]
"get(url, *, data, mode)" = "reads remote(url); if mode lacks 'b': waits network 2ms; raises Bad; returns fresh Thing"
"Thing(x)" = "returns fresh Thing; keeps x in result"
"limit" = "int"

[type."lib.Bad"]
is = "exception bases(Exception)"
[type."lib.Thing"]
is = "mutable value-like items(str)"
"make(cls, x)" = "returns fresh instance(cls)"
"add(item)" = "writes self; keeps item in self; returns None"

[type."Exception"]
is = "exception"
[alias]
"lib.other" = "lib.get"
'''
BAD = [
    ("waits network 2ms", "waits netwrk", "unknown clause"),
    ("waits network 2ms", "waits network soon", "unknown clause"),
    ("reads remote(url)", "reads remotely(url)", "unknown place"),
    ("reads remote(url)", "reads remote(uri)", "not a parameter"),
    ("reads remote(url)", "burns gpu", "unknown clause"),
    ("reads remote(url)", "if data: if mode: pure", "one ':'|two prefixes"),
    ("reads remote(url)", "if date: pure", "not a parameter"),
    ("returns fresh Thing; keeps", "returns fresh Thingy; keeps", "unknown type"),
    ("raises Bad", "raises Worse", "unknown type"),
    ("raises Bad", "raises Thing", "not an exception"),
    ("\"limit\" = \"int\"", "\"limit\" = \"integer\"", "unknown type"),
    ("\"limit\" = \"int\"", "\"odd\" = \"int\"", "described twice"),
    ("\"limit\" = \"int\"", "\"get(url)\" = \"pure\"", "described twice"),
    ("\"limit\" = \"int\"", "\"f(a=1)\" = \"pure\"", "not a parameter"),
    ("if mode lacks 'b':", "if mode is Thingy:", "unknown type"),
    ("\"limit\" = \"int\"", "\"f(x)\" = \"writes self\"", "unknown place"),
    ("value-like", "valuelike", "unknown word"),
    ("bases(Exception)", "bases(Bad)", "its own base"),
    ("library = \"lib\"", "libary = \"lib\"", "unknown key"),
    ("\"lib.other\" = \"lib.get\"", "\"lib.other\" = \"lib.gone\"", "not described"),
    ("keeps item in self", "keeps item at self", "unknown clause|unknown place"),
    ("keeps x in result", "keeps y in result", "unknown place|not a parameter"),
    ("returns fresh instance(cls)", "returns fresh list[str", "unbalanced"),
]


def run(tmp_path, text, *more):
    path = tmp_path / "lib.toml"
    path.write_text(text)
    return subprocess.run([sys.executable, str(TOOL), *more, str(path)], capture_output=True, text=True)


def test_a_good_file_becomes_a_sorted_table(tmp_path):
    out = tmp_path / "out.cc"
    done = run(tmp_path, GOOD, "-o", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    text = out.read_text()
    names = ["Exception", "lib", "lib.Bad", "lib.Thing", "lib.Thing.add", "lib.Thing.make",
             "lib.get", "lib.limit", "lib.odd", "lib.other", "lib.quote"]
    places = [text.index('    "%s"\n' % name) for name in names]
    assert places == sorted(places)
    assert '"returns fresh lib.Thing; keeps x in result"' in text
    # A type and its constructor have a row each.
    assert "const std::size_t kKnowledgeRowCount = %d;" % (len(names) + 1) in text


def test_the_table_is_the_same_whatever_the_order_of_the_files(tmp_path):
    files = sorted(str(path) for path in (ROOT / "knowledge").glob("*.toml"))
    tables = []
    for order in (files, files[::-1]):
        out = tmp_path / "out.cc"
        subprocess.run([sys.executable, str(TOOL), "-o", str(out), *order], check=True)
        tables.append(out.read_text())
    assert tables[0] == tables[1]


@pytest.mark.parametrize("old, new, message", BAD)
def test_a_mistake_is_told_with_its_place(tmp_path, old, new, message):
    assert old in GOOD
    done = run(tmp_path, GOOD.replace(old, new))
    assert done.returncode == 1
    assert re.search(r"lib\.toml:\d+: .*(%s)" % message, done.stderr), done.stderr


def test_toml_that_is_none_and_files_that_are_missing(tmp_path):
    assert "lib.toml:1" in run(tmp_path, "library = \n").stderr
    done = subprocess.run([sys.executable, str(TOOL), str(tmp_path / "no.toml")],
                          capture_output=True, text=True)
    assert done.returncode == 1 and "no.toml" in done.stderr


def test_all_files_of_the_project_are_right():
    files = sorted(str(path) for path in (ROOT / "knowledge").glob("*.toml"))
    done = subprocess.run([sys.executable, str(TOOL), *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
