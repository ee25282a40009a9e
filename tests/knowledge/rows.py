"""What the knowledge files say, parsed far enough to be held against the running interpreter."""

import builtins
import importlib
import importlib.machinery
import importlib.util
import inspect
import re
import sys
import sysconfig
import types
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def load_compiler():
    loader = importlib.machinery.SourceFileLoader("compile_knowledge",
                                                  str(ROOT / "tools" / "compile_knowledge"))
    spec = importlib.util.spec_from_loader("compile_knowledge", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


compiler = load_compiler()
split = compiler.split_outside

# kind: the first word; condition: (parameter, word, value) or None; unless: an assumption or ""
Clause = namedtuple("Clause", "kind rest condition unless text")


class Book:
    """All rows of some files, by full name."""

    def __init__(self, paths):
        loaded = compiler.load([str(path) for path in paths])
        if loaded.errors:
            raise ValueError("\n".join(loaded.errors))
        self.types = {row.name: row for row in loaded.rows if row.kind == "Type"}
        self.functions = {row.name: row for row in loaded.rows if row.kind == "Function"}
        self.attributes = {row.name: row for row in loaded.rows if row.kind == "Attribute"}
        self.unknown = {row.name for row in loaded.rows if row.kind == "Unknown"}
        self.aliases = {row.name: row.text for row in loaded.rows if row.kind == "Alias"}
        self.modules = {row.name for row in loaded.rows if row.kind == "Module"}
        self.rows = loaded.rows

    def resolve(self, name):
        for _ in range(8):
            for end in range(len(name), 0, -1):
                head = name[:end]
                if (end == len(name) or name[end] == ".") and head in self.aliases:
                    name = self.aliases[head] + name[end:]
                    break
            else:
                break
        return name

    def described(self, name):
        name = self.resolve(name)
        return (name in self.functions or name in self.types or name in self.attributes
                or name in self.modules)

    def words(self, type_name):
        row = self.types.get(self.resolve(type_name))
        return split(row.text, " ") if row else []

    def bases(self, type_name):
        found = []
        for word in self.words(type_name):
            if word.startswith("bases("):
                found += [base.strip() for base in word[6:-1].split(",")]
        return found

    def member(self, type_name, member, seen=()):
        """The function or attribute row of a type or its described bases, or None."""
        if type_name in seen:
            return None
        full = type_name + "." + member
        if full in self.functions or full in self.attributes:
            return self.functions.get(full) or self.attributes[full]
        for base in self.bases(type_name):
            row = self.member(base, member, seen + (type_name,))
            if row:
                return row
        return None


def clauses(row):
    found = []
    for text in split(row.text, ";"):
        condition, unless, core = None, "", text
        match = re.match(r"if (.*?): (.*)$", text)
        if match:
            condition, core = match.group(1), match.group(2)
        match = re.match(r"unless ([\w-]+): (.*)$", core)
        if match:
            unless, core = match.group(1), match.group(2)
        kind, _, rest = core.partition(" ")
        found.append(Clause(kind, rest, condition, unless, text))
    return found


def signature(row, is_method):
    """An inspect.Signature in which every parameter may be left out."""
    inside = row.signature[1:-1].strip()
    parts = [part.strip() for part in inside.split(",")] if inside else []
    takes_class = is_method and parts[:1] == ["cls"]
    parameters, kind = [], inspect.Parameter.POSITIONAL_OR_KEYWORD
    for part in parts[1:] if takes_class else parts:
        if part == "/":
            parameters = [p.replace(kind=inspect.Parameter.POSITIONAL_ONLY) for p in parameters]
        elif part == "*":
            kind = inspect.Parameter.KEYWORD_ONLY
        elif part.startswith("**"):
            parameters.append(inspect.Parameter(part[2:], inspect.Parameter.VAR_KEYWORD))
        elif part.startswith("*"):
            parameters.append(inspect.Parameter(part[1:], inspect.Parameter.VAR_POSITIONAL))
            kind = inspect.Parameter.KEYWORD_ONLY
        else:
            parameters.append(inspect.Parameter(part, kind, default=None))
    return inspect.Signature(parameters), takes_class


def find_object(name):
    """The running object of a full dotted name, or raises LookupError."""
    parts = name.split(".")
    if len(parts) == 1 or not importable(parts[0]):
        parts = ["builtins"] + parts
    value, rest = None, parts
    for end in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        rest = parts[end:]
        break
    else:
        raise LookupError(name)
    for part in rest:
        try:
            value = getattr(value, part)
        except AttributeError:
            raise LookupError(name) from None
    return value


def importable(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def standard_files():
    """The knowledge files that describe the standard library alone."""
    found = []
    for path in sorted((ROOT / "knowledge").glob("*.toml")):
        document = compiler.tomllib.loads(path.read_text(encoding="utf-8"))
        roots = {name.split(".")[0] for section in ("module", "type")
                 for name in document.get(section, {}) if "." in name or section == "module"}
        if roots and all(is_standard(root) for root in roots):
            found.append(path)
    return found


def is_standard(module):
    if module in sys.builtin_module_names or module in REMOVED:
        return True
    spec = importlib.machinery.PathFinder.find_spec(module, [LIBRARY, str(Path(LIBRARY) / "lib-dynload")])
    return spec is not None


# Gone from some Python between 3.9 and 3.14.
REMOVED = {"telnetlib", "nntplib", "asyncore", "asynchat", "cgi", "imghdr", "crypt", "posix"}
LIBRARY = sysconfig.get_paths()["stdlib"]


def claims(book, name):
    """What a described name claims, as the Observer names it when it has seen it hold."""
    if name in book.functions:
        row = book.functions[name]
        found = ["frame"]
        for clause in clauses(row):
            if clause.kind == "pure":
                found.append("pure")
            elif clause.kind == "reads" or clause.text == "unknown" or clause.rest == "any":
                continue
            else:
                found.append(clause.text)
        return [] if row.text == "unknown" else found
    if name in book.attributes:
        return [] if book.attributes[name].text == "any" else ["type"]
    return [word for word in book.words(name) if word != "mutable"]


def is_here(book, name):
    """Whether this Python has the function: claims of other versions can only be seen there."""
    owner, _, member = name.rpartition(".")
    try:
        found = find_object(owner) if owner else builtins
    except LookupError:
        return True
    return (name not in book.functions or hasattr(found, member)
            or not isinstance(found, (type, types.ModuleType)))
