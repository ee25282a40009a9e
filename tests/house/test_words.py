"""What the files say: no paths of somebody's machine, no rooms without a purpose."""

import re

from repository import ROOT, code_files, files

# Written in pieces, so that this file does not hold them.
PRIVATE = re.compile(
    "|".join(
        ("/" + "home/[a-z]", "/" + "work/", "/" + "root/", r"\.\./" + "shared", "/" + "Users/[a-z]")
    )
)
DRAWERS = re.compile(r"(^|[_/])(util|utils|helper|helpers|manager|common|misc)([_./]|$)")


def text_files():
    for path in files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_names_a_private_path():
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if PRIVATE.search(line)
    ]
    assert wrong == []


def test_no_file_is_a_drawer():
    names = [str(path.relative_to(ROOT)) for path in code_files()]
    # A helper of the user's script, which is split: the thing itself, not a drawer.
    meant = {"src/rewrite/helper.cc", "src/rewrite/helper.h"}
    assert [name for name in names if DRAWERS.search(name) and name not in meant] == []


def test_no_room_but_the_outer_ones_throws():
    """Errors are values; a library's exceptions are caught where it is called."""
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files("src")
        if path.suffix in (".cc", ".h")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"^[^\"/]*\bthrow\b", line)
    ]
    assert wrong == []


def test_no_test_is_skipped_or_timed():
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files("src", "tests")
        if path.name.endswith("_test.cc")
        or (path.name.startswith("test_") and path.suffix == ".py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(
            r"GTEST_" + "SKIP|DISABLED" + r"_|pytest\.mark\." + "skip|pytest\\." + "skip", line
        )
    ]
    # One test needs root, and says so.
    assert [each for each in wrong if "only root can become somebody else" not in each] == []
