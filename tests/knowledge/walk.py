"""Calls everything that the knowledge describes and this machine has, by samples.py and calls/*.py."""

import ast
import builtins
import collections
import functools
import gc
import inspect
import json
import os
import pickle
import sys
import tempfile
import types
from pathlib import Path

import prelude
import rows
import state
from fits import fits
from observe import Observer
from sample_values import (
    abstract, as_iterators, immutable, pickles, plain, same_value, spied, spied_inside,
)
from spies import Spy
from samples import BAD, CALLED_FREELY, EMPTY, INSTANCES, KEYED, LEFT_ALONE, PARAMETERS

HERE = Path(__file__).resolve().parent
NAMESPACE = {name: value for name, value in vars(prelude).items() if not name.startswith("__")}


def evaluate(text, names=None):
    space = dict(NAMESPACE) if names is None else names
    return eval(text, space)


class Walk:
    def __init__(self, book):
        self.book = book
        self.observer = Observer(book)
        self.problems = []  # broken samples

    # Functions and methods by their signatures

    def functions(self):
        for name, row in sorted(self.book.functions.items()):
            module = self.module_of(name)
            exception = name in self.book.types and "exception" in self.book.words(name)
            if module is None or name in LEFT_ALONE or not (
                    module in CALLED_FREELY or exception):
                continue
            try:
                function = rows.find_object(name)
            except LookupError:
                continue
            self.try_arguments(row, function, row.name, None)

    def module_of(self, name):
        """The module of a function or constructor; None for a method."""
        head, _, _ = name.rpartition(".")
        if not head:
            return "builtins"
        return None if head in self.book.types else head

    def methods(self):
        for type_name in sorted(self.book.types):
            for text in INSTANCES.get(type_name, []):
                try:
                    evaluate(text)
                except (AttributeError, NameError, ImportError):
                    continue  # this Python does not have it
                seen = set()
                for owner in self.lineage(type_name):
                    for name, row in sorted(self.book.functions.items()):
                        prefix, _, member = name.rpartition(".")
                        if prefix != owner or member in seen or name in LEFT_ALONE:
                            continue
                        seen.add(member)
                        self.method(row, member, text)

    def lineage(self, type_name):
        found = [type_name]
        for base in self.book.bases(type_name):
            found += [name for name in self.lineage(base) if name not in found]
        return found

    def method(self, row, member, text):
        sample = evaluate(text)
        if not hasattr(type(sample), member) and not hasattr(sample, member):
            return
        shape, takes_class = rows.signature(row, True)
        self.try_arguments(row, None, row.name, (text, member, takes_class))

    def try_arguments(self, row, function, name, receiver):
        """Tries argument lists, shortest first, until three fit."""
        shape, _ = rows.signature(row, receiver is not None)
        positional = [p for p in shape.parameters.values() if p.kind in (
            p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        variadic = [p.name for p in shape.parameters.values() if p.kind == p.VAR_POSITIONAL]
        least = self.least(function, receiver)
        fitted = 0
        for count in range(least, len(positional) + 1):
            for texts in self.choices([p.name for p in positional[:count]], name, receiver):
                ended = self.attempt(row, function, receiver, texts)
                fitted += ended in ("returned", "raised")
                if ended == "returned":
                    break
            if fitted >= 4:
                break
        if variadic:
            for given in KEYED.get(name + "." + variadic[0], PARAMETERS.get(variadic[0], []))[:3]:
                for texts in self.choices([p.name for p in positional], name, receiver):
                    self.attempt(row, function, receiver, texts + [given])
                    break
        keyword_only = [p.name for p in shape.parameters.values() if p.kind == p.KEYWORD_ONLY]
        if "key" in keyword_only and name + ".key" in KEYED:
            for texts in self.choices([p.name for p in positional[:max(least, 1)]], name, receiver):
                self.attempt(row, function, receiver, texts, {"key": "FUNCTION"})
                break

        self.provoke(row, function, name, receiver, [p.name for p in positional], least)

    def provoke(self, row, function, name, receiver, names, least):
        """Arguments that something is wrong with, until what is listed under `raises` is raised."""
        listed = [clause.text for clause in rows.clauses(row) if clause.kind == "raises"
                  and clause.rest != "nothing"]
        if not listed:
            return
        for receiver in [receiver] + [(text,) + receiver[1:] for text in EMPTY.get(
                receiver and self.observer.type_name(type(evaluate(receiver[0]))), [])]:
            for count in range(least, len(names) + 1):
                plain_texts = next(self.choices(names[:count], name, receiver), None)
                if plain_texts is None:
                    break
                trials = [plain_texts] + [
                    plain_texts[:i] + [text] + plain_texts[i + 1:]
                    for i in range(count) for text in BAD.get(names[i], BAD[""])]
                for texts in trials:
                    if listed[0] in self.observer.observed.get(row.name, ()):
                        return
                    self.once(row, function, receiver, texts, {}, plain)

    def least(self, function, receiver):
        try:
            target = function
            if receiver:
                sample = evaluate(receiver[0])
                target = getattr(type(sample) if receiver[2] else sample, receiver[1])
            shape = inspect.signature(target)
        except (TypeError, ValueError, AttributeError):
            return 0
        return len([p for p in shape.parameters.values() if p.default is p.empty and p.kind in (
            p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)])

    def choices(self, names, function, receiver):
        """Argument lists: each parameter's first candidate, then one other candidate at a time."""
        options = []
        for name in names:
            found = KEYED.get(function + "." + name, PARAMETERS.get(name, []))
            found = [receiver[0] if text == "SAME" and receiver else text for text in found
                     if text != "SAME" or receiver]
            if not found:
                return
            options.append(found)
        yield [found[0] for found in options]
        for depth in range(1, max([len(found) for found in options] or [0])):
            yield [found[min(depth, len(found) - 1)] for found in options]
        for index, found in enumerate(options):
            for text in found[1:]:
                yield [text if i == index else options[i][0] for i in range(len(options))]

    def attempt(self, row, function, receiver, texts, keywords=None):
        ended = self.once(row, function, receiver, texts, keywords or {}, plain)
        if ended in ("returned", "raised"):
            kinds = {clause.kind for clause in rows.clauses(row)}
            if "calls" in kinds:
                self.once(row, function, receiver, texts, keywords or {}, spied)
            if "consumes" in kinds:
                self.once(row, function, receiver, texts, keywords or {}, as_iterators)
        return ended

    def once(self, row, function, receiver, texts, keywords, change):
        try:
            arguments = [change(evaluate(text)) for text in texts]
            named = {name: change(evaluate(text)) for name, text in keywords.items()}
            target, subject, owner = function, None, None
            if receiver:
                subject = evaluate(receiver[0])
                if change is spied:
                    subject = spied_inside(subject)
                owner = type(subject)
                if receiver[1] == "__next__" and change is as_iterators:
                    return "misfit"
                if row.signature:
                    target = getattr(owner if receiver[2] else subject, receiver[1])
                else:  # a property
                    target = functools.partial(getattr, subject, receiver[1])
        except (AttributeError, NameError, TypeError, ValueError):
            return "misfit"
        ended, result = self.observer.observe(row, target, arguments, named, subject,
                                              receiver is not None, owner)
        if ended == "returned" and hasattr(result, "__next__"):
            self.consume(row, result, arguments)
        return ended

    def consume(self, row, result, arguments):
        """Takes a few items of a lazy result; what it calls or consumes shows then."""
        for _ in range(4):
            try:
                next(result)
            except Exception:
                break
        for clause in rows.clauses(row):
            for value in arguments:
                if clause.kind == "calls" and isinstance(value, Spy) and value.calls:
                    self.observer.note(row, clause.text)
                if clause.kind == "consumes" and hasattr(value, "__length_hint__"):
                    if value.__length_hint__() == 0:
                        self.observer.note(row, clause.text)

    # Attributes

    def attributes(self):
        heirs = {}
        for kind in self.book.types:
            for base in self.lineage(kind):
                heirs.setdefault(base, []).append(kind)
        for name, row in sorted(self.book.attributes.items()):
            prefix, _, member = name.rpartition(".")
            if prefix in self.book.types:
                values = []
                for kind in heirs.get(prefix, [prefix]):
                    for text in INSTANCES.get(kind, []):
                        try:
                            values.append(evaluate(text))
                        except (AttributeError, NameError):
                            continue
                    values += self.observer.examples.get(kind, [])
                for value in values:
                    try:
                        found = getattr(value, member)
                    except Exception:
                        continue
                    self.attribute(row, found)
            else:
                try:
                    self.attribute(row, rows.find_object(name))
                except LookupError:
                    continue

    def attribute(self, row, value):
        answer = fits(self.book, row.text.split(" backed by ")[0], value, None)
        if answer is False:
            self.observer.violate(row, "attribute", "is %s, not %s" % (type(value).__name__,
                                                                       row.text))
        elif answer:
            self.observer.note(row, "type")

    # Kinds of types

    def types(self):
        for name in sorted(self.book.types):
            values = []
            for text in INSTANCES.get(name, []):
                try:
                    values.append(evaluate(text))
                except (AttributeError, NameError):
                    continue
            values += [value for value in self.observer.examples.get(name, [])
                       if self.observer.type_name(type(value)) == name]
            values = [value for value in values if not abstract(type(value))]
            try:
                kind = rows.find_object(name)
            except LookupError:
                kind = type(values[0]) if values else None
            for word in self.book.words(name):
                try:
                    answer, why = self.word(name, word, kind, values)
                except Exception as error:  # a type that cannot even be looked at
                    answer, why = None, repr(error)
                row = self.book.types[name]
                if answer is False:
                    self.observer.violate(row, "is", "%s: %s" % (word, why))
                elif answer:
                    self.observer.note(row, word)

    def word(self, name, word, kind, values):
        if word.startswith("bases(") and isinstance(kind, type):
            for base in word[6:-1].split(","):
                try:
                    wanted = rows.find_object(self.book.resolve(base.strip()))
                except LookupError:
                    wanted = None
                if isinstance(wanted, type) and issubclass(kind, wanted):
                    continue
                if not values and not issubclass(kind, BaseException):
                    return None, ""
                if not all(self.offers(value, base.strip()) for value in values or [kind]):
                    return False, "neither derives from %s nor offers what it has" % base
            return True, ""
        if word == "exception":
            if kind is None:
                return None, ""
            return isinstance(kind, type) and issubclass(kind, BaseException), "no exception"
        if not values:
            return None, ""
        if word == "value-like":
            return self.value_like(values)
        if word == "immutable":
            return immutable(values)
        if word == "lazy":
            return all(hasattr(value, "__next__") or hasattr(type(value), "__iter__")
                       for value in values), "nothing to consume"
        if word == "handle":
            if not all(pickles(value) for value in values):
                return True, ""
            # Closed ones may pickle.
            closable = any(hasattr(values[0], name) for name in ("close", "cleanup", "acquire"))
            return (None if closable else False), "pickles"
        if word.startswith("items("):
            for text in INSTANCES.get(name, []):
                items = list(zip(range(3), iter(evaluate(text))))
                answers = [fits(self.book, word[6:-1], item, None) for _, item in items]
                if False in answers:
                    return False, "yields %r" % items[answers.index(False)][1]
                return (True if answers and None not in answers else None), ""
        return None, ""

    def offers(self, kind, base):
        """Whether a type has what is described of another one, as file objects have."""
        names = [name.rpartition(".")[2] for name in list(self.book.functions) + list(
            self.book.attributes) if name.rpartition(".")[0] in self.lineage(base)]
        have = [name for name in names if hasattr(kind, name)]
        return len(have) >= 0.6 * len(names)

    def value_like(self, values):
        for value in values:
            try:
                copy = pickle.loads(pickle.dumps(value, 4))
            except Exception as error:
                if isinstance(value, (list, tuple, dict, set, collections.deque)) and any(
                        not pickles(item) for item in state.children(value)):
                    continue  # what a container holds counts for itself
                return False, "does not pickle: %r" % error
            if type(copy) is not type(value):
                return False, "comes back as %s" % type(copy).__name__
            if not (same_value(copy, value)):
                return False, "comes back as %r" % copy
        return True, ""

    # Lines of calls

    def lines(self, path):
        """Runs calls/*.py in a folder of its own; expression statements are observed calls."""
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        space = dict(NAMESPACE)
        back = os.getcwd()
        with tempfile.TemporaryDirectory(prefix="braid-knowledge-") as folder:
            os.chdir(folder)
            try:
                for statement in tree.body:
                    self.statement(statement, space, path)
            finally:
                os.chdir(back)
                space.clear()
                gc.collect()

    def statement(self, statement, space, path):
        where = "%s:%d" % (path.name, statement.lineno)
        value = getattr(statement, "value", None)
        observed = isinstance(value, ast.Call) and isinstance(statement, (ast.Expr, ast.Assign))
        try:
            if not observed:
                code = compile(ast.Module([statement], []), str(path), "exec")
                exec(code, space)
                return
            result = self.call_line(value, space, where)
            if isinstance(statement, ast.Assign):
                space[statement.targets[0].id] = result
        except Exception as error:
            # An older Python; whether anybody has it shows in the count.
            if isinstance(statement, ast.Assign):
                space[statement.targets[0].id] = None
            self.problems.append("%s: %r" % (where, error))

    def call_line(self, call, space, where):
        name, function, receiver, owner, is_method = self.callee(call.func, space)
        arguments, keywords = [], {}
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                arguments += list(evaluate(ast.unparse(argument.value), space))
            else:
                arguments.append(evaluate(ast.unparse(argument), space))
        for keyword in call.keywords:
            keywords[keyword.arg] = evaluate(ast.unparse(keyword.value), space)
        row = self.book.functions.get(name)
        if row is None:
            known = isinstance(call.func, ast.Attribute) or name in dir(builtins)
            if name not in self.book.unknown and known:
                self.problems.append("%s: %s is not described" % (where, name))
            return function(*arguments, **keywords)
        if is_method and receiver is None and not rows.signature(row, True)[1]:
            receiver, arguments = arguments[0], arguments[1:]
            function = getattr(receiver, name.rpartition(".")[2])
        gc.collect()
        ended, result = self.observer.observe(row, function, arguments, keywords, receiver,
                                              is_method, owner)
        if ended in ("misfit", "unbound"):
            self.problems.append("%s: %s: %r" % (where, name, result))
            return None
        if ended == "returned" and hasattr(result, "__next__") and not hasattr(result, "close"):
            self.consume(row, result, arguments)
        return result if ended == "returned" else None

    def callee(self, func, space):
        """(row name, function, receiver, owner, whether it is a method)"""
        text = ast.unparse(func)
        if isinstance(func, ast.Attribute):
            base = evaluate(ast.unparse(func.value), space)
            if isinstance(base, types.ModuleType):
                text = "%s.%s" % (base.__name__, func.attr)
            dotted = self.book.resolve(text)
            if dotted in self.book.functions or dotted in self.book.unknown:
                owner = dotted.rpartition(".")[0]
                if not isinstance(base, type) or owner not in self.book.types:
                    if self.module_of(dotted) is not None:
                        return dotted, getattr(base, func.attr), None, None, False
            if isinstance(base, type):
                kind = self.observer.type_name(base)
                row = self.book.member(kind, func.attr) if kind else None
                if row:
                    return row.name, getattr(base, func.attr), None, base, True
            kind = self.observer.type_name(type(base))
            row = self.book.member(kind, func.attr) if kind else None
            return (row.name if row else "%s.%s" % (kind, func.attr),
                    getattr(base, func.attr), base, type(base), True)
        value = evaluate(text, space)
        if text in self.book.functions:
            return text, value, None, None, False
        kind = self.observer.type_name(type(value))
        row = self.book.member(kind, "__call__") if kind else None
        return (row.name if row else text), value, value, type(value), True


def main(out, *folders):
    """Writes as JSON what was found: by a walk over the standard library and calls/*.py, or by the
    calls in other folders, which may be of any library."""
    paths = (HERE.parents[1] / "knowledge").glob("*.toml") if folders else rows.standard_files()
    book = rows.Book(sorted(paths))
    walk = Walk(book)
    locale = prelude.locale.setlocale(prelude.locale.LC_ALL)
    with tempfile.TemporaryDirectory(prefix="braid-knowledge-") as folder:
        os.chdir(folder)
        if not folders:
            walk.functions()
            walk.methods()
        for name in folders or ("calls",):
            for path in sorted((HERE / name).glob("*.py")):
                walk.lines(path)
        walk.attributes()
        walk.types()
        os.chdir("/")
    prelude.locale.setlocale(prelude.locale.LC_ALL, locale)
    libraries, unseen = {}, []
    for kind in (book.functions, book.attributes, book.types):
        for name, row in kind.items():
            if kind is book.types and name in book.functions:
                wanted = [word for word in book.words(name) if word != "mutable"]
            else:
                wanted = rows.claims(book, name)
            if not rows.is_here(book, name):
                continue
            seen = [claim for claim in wanted if claim in walk.observer.observed.get(name, ())]
            counts = libraries.setdefault(row.library, [0, 0])
            counts[0] += len(seen)
            counts[1] += len(wanted)
            unseen += ["%s: %s" % (name, claim) for claim in wanted if claim not in seen]
    found = {
        "violations": sorted({"%s: %s: %s" % found for found in walk.observer.violations}),
        "problems": walk.problems,
        "libraries": libraries,
        "unseen": unseen,
        "called": sum(1 for name in book.functions if walk.observer.called[name]),
        "callables": len(book.functions),
    }
    Path(out).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
