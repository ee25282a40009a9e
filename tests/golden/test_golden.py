"""Every golden case: the report, the rewritten text, and what both texts do. See cases.py."""

import pytest
from cases import (
    START_METHODS,
    Folder,
    execute,
    find_cases,
    find_interpreters,
    imports_package,
)

CASES = find_cases()
PAIRS = [case for case in CASES if case.read(".expected.py") is not None]
INTERPRETERS = find_interpreters()
DIALECTS = ("braid", "joblib")
IN_JOBLIB = 88  # of the pairs, at least


def name_of(case):
    return case.name


def test_there_are_cases():
    assert len(PAIRS) >= 10
    assert len(CASES) > len(PAIRS)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_report(case):
    with Folder(case) as folder:
        assert folder.check().decode() == (case.read(".expected.txt") or b"").decode()


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_rewritten_text(case):
    with Folder(case) as folder:
        text, answer = folder.fix(case.path.read_bytes())
        assert answer.returncode == 0, answer.stderr.decode()
        expected = case.read(".expected.py") or b""
        assert (text or b"").decode("latin-1") == expected.decode("latin-1")


@pytest.mark.parametrize("case", PAIRS, ids=name_of)
def test_fixing_it_again_changes_nothing(case):
    with Folder(case) as folder:
        text, answer = folder.fix(case.read(".expected.py"))
        assert answer.returncode == 0, answer.stderr.decode()
        assert text is None, text.decode("latin-1")


@pytest.mark.parametrize("version", INTERPRETERS)
@pytest.mark.parametrize("case", PAIRS, ids=name_of)
def test_both_do_the_same(case, version):
    python = INTERPRETERS[version]
    original = execute(case, case.path.read_bytes(), python)
    rewritten = case.read(".expected.py")
    methods = START_METHODS if b" ProcessPoolExecutor" in rewritten else (None,)
    for method in methods:
        assert execute(case, rewritten, python, method) == original, method


@pytest.mark.parametrize("version", INTERPRETERS)
@pytest.mark.parametrize("case", PAIRS, ids=name_of)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_does_the_same_in_other_dialects(dialect, case, version):
    python = INTERPRETERS[version]
    with Folder(case) as folder:
        text, answer = folder.fix(case.path.read_bytes(), "--emit", dialect)
    assert answer.returncode == 0, answer.stderr.decode()
    assert imports_package(dialect, text) or b"is written with concurrent.futures" in answer.stderr
    assert execute(case, text, python) == execute(case, case.path.read_bytes(), python)


@pytest.mark.parametrize("case", PAIRS, ids=name_of)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_fixing_it_again_in_other_dialects_changes_nothing(dialect, case):
    with Folder(case) as folder:
        text, answer = folder.fix(case.path.read_bytes(), "--emit", dialect)
        again, answer = folder.fix(text, "--emit", dialect)
        assert answer.returncode == 0, answer.stderr.decode()
        assert again is None, again.decode("latin-1")


def test_joblib_takes_most_of_them():
    taken = []
    for case in PAIRS:
        with Folder(case) as folder:
            text, _ = folder.fix(case.path.read_bytes(), "--emit", "joblib")
        if imports_package("joblib", text):
            taken.append(case.name)
    assert len(taken) >= IN_JOBLIB, taken
