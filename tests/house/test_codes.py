"""Every diagnostic code has a page, is raised somewhere, and is exercised by a test."""

import re

import pytest
from repository import ROOT, codes, files

WAY_OUT = "**The way out.** "


def page(number):
    return ROOT / "docs" / "diagnostics" / f"BR{number}.md"


def test_numbers_are_unique_and_in_order():
    numbers = [number for _, number, _ in codes()]
    assert numbers == sorted(set(numbers))
    names = [name for name, _, _ in codes()]
    assert len(names) == len(set(names))


def test_every_code_has_a_page_and_every_page_a_code():
    pages = {path.stem for path in files("docs/diagnostics") if path.suffix == ".md"}
    assert pages == {f"BR{number}" for _, number, _ in codes()}


@pytest.mark.parametrize(("name", "number", "severity"), codes())
def test_the_page_begins_with_the_code_and_its_title(name, number, severity):
    text = page(number).read_text(encoding="utf-8")
    registry = (ROOT / "src/diagnostics/codes.def").read_text(encoding="utf-8")
    title = re.search(rf'CODE\({name}, {number}, {severity}, "([^"]+)"', registry).group(1)
    assert text.splitlines()[0] == f"# BR{number}: {title}"


@pytest.mark.parametrize(("name", "number", "severity"), codes())
def test_the_page_says_why_and_shows_the_way_out(name, number, severity):
    """A wrong example, why it is wrong, a right example, and the way from one to the other."""
    text = page(number).read_text(encoding="utf-8")
    why = "**What could be seen.** " if severity == "assumption" else "**Why.** "
    assert [part for part in (why, WAY_OUT) if f"\n{part}" not in text] == []
    examples = re.findall(r"^```[a-z]+\n.*?^```$", text, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 2
    assert text.index(examples[0]) < text.index(why) < text.index(WAY_OUT)


@pytest.mark.parametrize(("name", "number"), [row[:2] for row in codes()])
def test_the_code_is_raised_and_exercised(name, number):
    raised, exercised = False, False
    word = re.compile(rf"\bCode::{name}\b")
    for path in files("src"):
        if path.suffix in (".cc", ".h") and word.search(path.read_text(encoding="utf-8")):
            raised |= not path.name.endswith("_test.cc")
            exercised |= path.name.endswith("_test.cc")
    label = re.compile(rf"\bBR{number}\b")
    for path in files("tests/golden", "tests/e2e", "tests/faults"):
        if path.suffix in (".py", ".txt", ".json", ".cc"):
            text = path.read_text(encoding="utf-8", errors="replace")
            exercised |= bool(label.search(text) or word.search(text))
    assert raised, f"nothing emits BR{number}"
    assert exercised, f"no test shows BR{number}"
