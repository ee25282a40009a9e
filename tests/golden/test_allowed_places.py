"""Only these places change: the loop, imports, new definitions, a function that is split or moves,
and with a main guard one line and indentation."""

import ast
import json

import pytest
from cases import Folder, find_cases

PAIRS = [case for case in find_cases() if case.read(".expected.py") is not None]


def is_import(statement):
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def is_guard(statement):
    return isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)


def is_pool(statement):
    if not isinstance(statement, ast.Assign):
        return False
    value = ast.unparse(statement.value)
    value = value.replace("joblib.", "")
    return "PoolExecutor(" in value or value.startswith(("Parallel(", "[delayed(attempt"))


def without_additions(before, after):
    """The top-level statements of the rewritten text that stand for one of the original each."""
    definitions = (ast.FunctionDef, ast.ClassDef)
    known = {each.name for each in before if isinstance(each, definitions)}
    kept = []
    for statement in after:
        if is_guard(statement) and not any(is_guard(each) for each in before):
            kept += without_additions(before, statement.body)
        elif is_import(statement) or is_pool(statement):
            continue
        elif isinstance(statement, definitions) and statement.name not in known:
            continue
        else:
            kept.append(statement)
    return kept


def first_line(statement):
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def sites_of(case):
    with Folder(case) as folder:
        answer = folder.braid("check", "--format", "json", folder.script.name)
    return [site["line"] for site in json.loads(answer.stdout)["sites"]]


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case.name)
def test_only_allowed_places_change(case):
    original = case.path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    rewritten = case.read(".expected.py").decode("utf-8-sig").replace("\r\n", "\n")
    before, after = ast.parse(original).body, ast.parse(rewritten).body
    new_imports = [ast.unparse(each) for each in after if is_import(each)]
    for statement in filter(is_import, before):
        assert ast.unparse(statement) in new_imports
    statements = [each for each in before if not is_import(each)]
    counterparts = without_additions(before, after)
    assert len(counterparts) == len(statements)
    sites = sites_of(case)
    changed = set()
    for old, new in zip(statements, counterparts):
        if ast.dump(old) == ast.dump(new):
            continue
        lines = range(first_line(old), old.end_lineno + 1)
        holds_site = any(line in lines for line in sites)
        is_split = isinstance(new, ast.FunctionDef) and "pending" in ast.unparse(new.args)
        is_told = isinstance(new, ast.FunctionDef) and "printed=None" in ast.unparse(new.args)
        holds_split = isinstance(new, ast.ClassDef) and "pending=None" in ast.unparse(new)
        assert holds_site or is_split or is_told or holds_split, ast.unparse(old)
        changed.update(lines)
    # What lies elsewhere, comments and blank lines too, is there as it was and in its order.
    indented = any(map(is_guard, after)) and not any(map(is_guard, before))
    rest = iter(rewritten.split("\n"))
    for number, line in enumerate(original.split("\n"), 1):
        if number not in changed:
            same = (lambda other: other.strip() == line.strip()) if indented else line.__eq__
            assert any(same(other) for other in rest), f"line {number} is gone: {line}"
