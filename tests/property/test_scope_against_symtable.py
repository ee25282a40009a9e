"""Braid's scopes against CPython's symtable module: every scope, symbol and flag of the standard
library of every interpreter found.

    python3 tests/property/test_scope_against_symtable.py [--binary PRINT_SCOPES] [INTERPRETER…]

Each interpreter compares on its own library. Files that it cannot compile are left out; files that
it compiles and Braid's grammar cannot parse are counted and may be at most 0.2 %.

What is known to differ is undone here, not ignored: 3.12 and later merge list, set and dict
comprehensions into the scope around them (inline_comprehensions does the same to Braid's scopes) and
put entries of the implementation's own into annotation scopes (IMPLEMENTATION_NAMES).
"""

import argparse
import os
import subprocess
import sys
import sysconfig
import tokenize
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_UNPARSED = 0.002
SHOWN_DIFFERENCES = 20

IMPLEMENTATION_NAMES = {
    ".type_params",
    ".generic_base",
    ".defaults",
    ".kwdefaults",
    "__classdict__",
    "__type_params__",
}
TYPES = {
    "module": {"module"},
    "class": {"class"},
    "function": {"function"},
    "lambda": {"function"},
    "comprehension": {"function"},
    "type-parameters": {"type parameter", "type parameters"},
    "type-alias": {"type alias"},
    "type-bound": {"TypeVar bound", "type variable"},
}


class Scope:
    """One scope of Braid's dump."""

    def __init__(self, header):
        kind_and_name, _, facts = header[1:].partition("]")
        self.kind, _, self.name = kind_and_name.partition(" ")
        words = facts.split()
        self.line = int(words[words.index("line") + 1]) if "line" in words else 0
        self.nested = "nested" in words
        self.symbols = {}  # name → (class, set of flags)
        self.children = []


def parse_dump(text):
    errors, stack = [], []
    for line in text.splitlines():
        if line.startswith(("error ", "syntax-error ")):
            errors.append(line)
            continue
        body = line.lstrip(" ")
        depth = (len(line) - len(body)) // 2
        if body.startswith("["):
            scope = Scope(body)
            del stack[depth:]
            if stack:
                stack[-1].children.append(scope)
            stack.append(scope)
        else:
            name, _, rest = body.partition("  ")
            name_class, *flags = rest.split()
            stack[depth - 1].symbols[name] = (name_class, frozenset(flags))
    return (stack[0] if stack else None), errors


def inline_comprehensions(scope):
    """What 3.12 and later do: a comprehension that is no generator expression is merged into the
    scope around it, its entries copied where that scope's code has none, its children spliced in."""
    children = []
    for child in scope.children:
        inline_comprehensions(child)
        if child.kind != "comprehension" or child.name == "genexpr" or scope.sees_class:
            children.append(child)
            continue
        for name, (name_class, flags) in child.symbols.items():
            if "parameter" in flags:
                continue
            there = scope.symbols.get(name)
            if there is None or not there[1]:  # without flags: only passes through
                if name == "__class__" and name_class == "free" and scope.kind == "class":
                    name_class = "global"
                if there is None or flags:
                    scope.symbols[name] = (name_class, flags)
        children.extend(child.children)
    scope.children = children


def mark_class_sight(scope, sees_class=False):
    scope.sees_class = sees_class
    for child in scope.children:
        annotation = child.kind in ("type-parameters", "type-alias", "type-bound")
        mark_class_sight(child, annotation and (scope.kind == "class" or sees_class))


class Comparison:
    def __init__(self):
        self.scopes = self.symbols = 0
        self.differences = []

    def differ(self, where, what, expected, actual):
        self.differences.append(f"{where}: {what}: symtable {expected!r}, Braid {actual!r}")

    def check(self, where, what, expected, actual):
        if expected != actual:
            self.differ(where, what, expected, actual)

    def compare(self, table, scope, path):
        where = f"{path}:{table.get_lineno()} {table.get_name()}"
        self.scopes += 1
        if str(table.get_type()) not in TYPES[scope.kind]:
            self.differ(where, "type", str(table.get_type()), scope.kind)
        self.check(where, "name", table.get_name(), scope.name)
        self.check(where, "line", table.get_lineno(), scope.line)
        self.check(where, "is_nested", table.is_nested(), scope.nested)
        self.check(where, "is_optimized", table.is_optimized(), TYPES[scope.kind] == {"function"})
        self.compare_symbols(table, scope, where)
        # Before 3.13 the scopes of an `else` come before those of the handlers in front of it.
        children = sorted(table.get_children(), key=lambda each: each.get_lineno())
        ours = sorted(scope.children, key=lambda each: each.line)
        self.check(
            where,
            "children",
            [(str(each.get_name()), each.get_lineno()) for each in children],
            [(each.name, each.line) for each in ours],
        )
        for child_table, child_scope in zip(children, ours):
            self.compare(child_table, child_scope, path)

    def compare_symbols(self, table, scope, where):
        ours = dict(scope.symbols)
        if scope.kind == "module":
            # Builtins and the like, which only functions name: symtable does not list them here.
            ours = {name: facts for name, facts in ours.items() if facts[1]}
        theirs = {s.get_name(): s for s in table.get_symbols()}
        if sys.version_info >= (3, 12):
            theirs = {n: s for n, s in theirs.items() if n not in IMPLEMENTATION_NAMES}
        self.check(where, "names", sorted(theirs), sorted(ours))
        # symtable.py takes every scope called "top" for the module's.
        like_module = scope.name == "top"
        namespaces = {child.name for child in scope.children}
        for name in theirs.keys() & ours.keys():
            symbol, (name_class, flags) = theirs[name], ours[name]
            self.symbols += 1
            bound = bool(flags & {"assigned", "parameter", "imported", "type-parameter"})
            is_global = name_class in ("global", "declared-global")
            for fact, actual in (
                ("is_local", name_class in ("local", "cell") or (like_module and bound)),
                ("is_global", is_global or (like_module and bound)),
                ("is_declared_global", name_class == "declared-global"),
                ("is_free", name_class == "free"),
                ("is_nonlocal", "nonlocal" in flags),
                ("is_imported", "imported" in flags),
                ("is_parameter", "parameter" in flags),
                ("is_referenced", "referenced" in flags),
                ("is_assigned", "assigned" in flags),
                ("is_annotated", "annotated" in flags),
                ("is_namespace", name in namespaces),
            ):
                self.check(f"{where}: {name}", fact, getattr(symbol, fact)(), actual)
            if sys.version_info >= (3, 14) or hasattr(symbol, "is_type_parameter"):
                self.check(f"{where}: {name}", "is_type_parameter",
                           symbol.is_type_parameter(), "type-parameter" in flags)


def library_files():
    library = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(library.rglob("*.py")):
        if not {"site-packages", "dist-packages"} & set(path.parts):
            yield path


def read_python(path):
    """The text, or None when this interpreter does not compile the file."""
    try:
        with open(path, "rb") as file:
            encoding, _ = tokenize.detect_encoding(file.readline)
        text = path.read_bytes().decode(encoding).removeprefix("\ufeff")
        compile(text, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None
    return text


def scopes_of(binary, texts):
    encoded = [text.encode() for text in texts]
    frames = b"".join(b"%d\n%s" % (len(each), each) for each in encoded)
    output = subprocess.run([binary], input=frames, stdout=subprocess.PIPE, check=True).stdout
    dumps, at = [], 0
    while at < len(output):
        line_end = output.index(b"\n", at)
        end = line_end + 1 + int(output[at:line_end])
        dumps.append(output[line_end + 1 : end].decode())
        at = end
    assert len(dumps) == len(texts)
    return dumps


def compare_library(binary):
    import symtable

    warnings.simplefilter("ignore")
    sys.setrecursionlimit(5000)
    paths, texts, not_compiled = [], [], 0
    for path in library_files():
        text = read_python(path)
        if text is None:
            not_compiled += 1
        elif (3, 9) <= sys.version_info < (3, 10) and "__future__ import annotations" in text:
            not_compiled += 1  # 3.9 takes deferred annotations for evaluated ones
        else:
            paths.append(path)
            texts.append(text)
    comparison, unparsed = Comparison(), []
    for path, text, dump in zip(paths, texts, scopes_of(binary, texts)):
        scope, errors = parse_dump(dump)
        if scope is None:
            unparsed.append(f"{path}: {errors[0]}")
            continue
        comparison.differences += [f"{path}: {error}" for error in errors]
        if sys.version_info >= (3, 12):
            mark_class_sight(scope)
            inline_comprehensions(scope)
        comparison.compare(symtable.symtable(text, str(path), "exec"), scope, path)
    version = ".".join(map(str, sys.version_info[:3]))
    print(
        f"{version}: {len(paths)} files ({not_compiled} left out), {comparison.scopes} scopes, "
        f"{comparison.symbols} symbols, {len(comparison.differences)} differences, "
        f"{len(unparsed)} unparsed"
    )
    for line in unparsed + comparison.differences[:SHOWN_DIFFERENCES]:
        print("  " + line)
    assert paths and comparison.symbols
    return not comparison.differences and len(unparsed) <= MOST_UNPARSED * len(paths)


def find_interpreters():
    """python3, and every other 3.9 or later that is found, one for each minor version."""
    places = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    candidates = [place / "python3" for place in places]
    candidates += [place / f"python3.{minor}" for minor in range(9, 20) for place in places]
    candidates += sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    found = {}
    for candidate in candidates:
        if not os.access(candidate, os.X_OK):
            continue
        print_version = "import sys; print(*sys.version_info[:2])"
        answer = subprocess.run([candidate, "-c", print_version], stdout=subprocess.PIPE)
        if answer.returncode != 0:
            continue
        version = tuple(map(int, answer.stdout.split()))
        if version >= (3, 9):
            found.setdefault(version, str(candidate))
    return [found[version] for version in sorted(found)]


def find_binary():
    named = os.environ.get("BRAID_PRINT_SCOPES")
    built = sorted(ROOT.glob("build/*/bin/print_scopes"))
    return named or (str(built[-1]) if built else None)


def run_all(binary, interpreters):
    failed = []
    for interpreter in interpreters:
        command = [interpreter, __file__, "--compare", "--binary", binary]
        if subprocess.run(command).returncode != 0:
            failed.append(interpreter)
    return failed


def test_scopes_agree_with_symtable():
    binary = find_binary()
    assert binary, "build the target print_scopes first, or name it in BRAID_PRINT_SCOPES"
    assert run_all(binary, find_interpreters()) == []


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", default=find_binary())
    options.add_argument("--compare", action="store_true", help="with this interpreter only")
    options.add_argument("interpreters", nargs="*")
    given = options.parse_args()
    if not given.binary:
        options.error("no print_scopes found: build it, or name it with --binary")
    if given.compare:
        return 0 if compare_library(given.binary) else 1
    return 1 if run_all(given.binary, given.interpreters or find_interpreters()) else 0


if __name__ == "__main__":
    sys.exit(main())
