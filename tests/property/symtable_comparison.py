"""Compares Braid's scopes with those of the interpreter that runs this file, by its symtable.

    python3.X symtable_comparison.py PRINT_SCOPES library|strings|random

`library`: every file of the interpreter's standard library. `strings`: the programs that stand in
string literals there, as in the tests of its own compiler, rejected ones included. `random`:
made-up programs dense in declarations, captures and scopes. Runs without anything installed.

What is known to differ is undone here: 3.12 and later merge list, set and dict comprehensions into
the scope around them (inline_comprehensions does the same to Braid's scopes) and put entries of the
implementation's own into annotation scopes (IMPLEMENTATION_NAMES).
"""

import ast
import subprocess
import symtable
import sys
import sysconfig
import tokenize
import warnings
from pathlib import Path

from scope_programs import programs_in_strings, random_programs

# The share of programs that the interpreter compiles and the grammar may fail to parse. String
# literals hold the compiler's own tests, which are full of oddities.
MOST_UNPARSED = {"library": 0.002, "strings": 0.02, "random": 0.0}
RANDOM_PROGRAMS = 1500
SHOWN = 20

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
    """What 3.12 and later do: a comprehension that is no generator expression is merged into its
    parent, its entries copied where the parent's code has none, its children spliced in."""
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
            if scope.kind == "class" and sys.version_info < (3, 13):
                # Read by a comprehension merged into the class: 3.12's releases differ about it.
                theirs.pop("__class__", None)
                ours.pop("__class__", None)
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
            if sys.version_info < (3, 12):  # merged comprehensions make cells of their own
                flag_bits = table._table.symbols[name]
                is_cell = (flag_bits >> symtable.SCOPE_OFF) & symtable.SCOPE_MASK == symtable.CELL
                self.check(f"{where}: {name}", "is a cell", is_cell, name_class == "cell")
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
        text = path.read_bytes().decode(encoding)
        text = text[1:] if text.startswith("\ufeff") else text
        compile(text, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None
    return text


def defers_annotations(text):
    return "__future__ import annotations" in text


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


def table_of(text):
    """The interpreter's scopes, or None when its symtable rejects the program."""
    try:
        return symtable.symtable(text, "program", "exec")
    except SyntaxError:
        return None


# Rejections that have nothing to do with names: a scope in an annotation scope in a class, which
# 3.12 and 3.13 cannot do yet, and __future__ imports that ask for the impossible or come too late.
OTHER_REJECTIONS = ("in annotation scope within class scope", "future", "not a chance")


def is_comparable(text):
    """Whether the interpreter compiles the program, or rejects it for what it does with names."""
    try:
        text.encode()
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    try:
        symtable.symtable(text, "program", "exec")
    except SyntaxError as error:
        return not any(message in error.msg for message in OTHER_REJECTIONS)
    try:
        compile(text, "program", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def compare_programs(binary, programs, most_unparsed):
    """programs: pairs of a label and a comparable text."""
    # 3.9 takes deferred annotations for evaluated ones.
    programs = [p for p in programs if sys.version_info >= (3, 10) or not defers_annotations(p[1])]
    comparison, unparsed, rejected = Comparison(), [], 0
    for (label, text), dump in zip(programs, scopes_of(binary, [text for _, text in programs])):
        scope, errors = parse_dump(dump)
        table = table_of(text)
        if table is None:
            rejected += 1
            if not errors:
                comparison.differ(label, "program", "rejected", "accepted")
        elif scope is None:
            unparsed.append(f"{label}: {errors[0]}")
        elif errors:
            comparison.differ(label, "program", "accepted", errors[0])
        else:
            if sys.version_info >= (3, 12):
                mark_class_sight(scope)
                inline_comprehensions(scope)
            comparison.compare(table, scope, label)
    print(
        f"{sys.version.split()[0]}: {len(programs)} programs, {rejected} of them rejected, "
        f"{comparison.scopes} scopes, {comparison.symbols} symbols, "
        f"{len(comparison.differences)} differences, {len(unparsed)} unparsed"
    )
    for line in unparsed[:SHOWN] + comparison.differences[:SHOWN]:
        print("  " + line)
    assert programs and comparison.symbols
    return not comparison.differences and len(unparsed) <= most_unparsed * len(programs)


def library_programs():
    texts = ((str(path), read_python(path)) for path in library_files())
    return [(label, text) for label, text in texts if text is not None]


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(5000)
    binary, corpus = sys.argv[1:]
    if corpus == "library":
        programs = library_programs()
    elif corpus == "strings":
        programs = [
            (f"{label}:{line}", program)
            for label, text in library_programs()
            for line, program in programs_in_strings(text)
            if is_comparable(program)
        ]
    else:
        made = random_programs(RANDOM_PROGRAMS, sys.version_info[:2])
        programs = [(f"random {i}:\n{p}", p) for i, p in enumerate(made) if is_comparable(p)]
    return 0 if compare_programs(binary, programs, MOST_UNPARSED[corpus]) else 1


if __name__ == "__main__":
    sys.exit(main())
