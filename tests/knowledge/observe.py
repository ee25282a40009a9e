"""Calls described things and compares what happens with what their knowledge claims.

A violation is something that happened and that no clause allows, or a clause that is false. A claim
counts as observed when it was seen to hold in at least one call:
  frame       nothing but the clauses happened: arguments, ambient state, streams, files, processes
  returns     the result has the type and the origin that one of the alternatives says
  raises      what was raised is listed; with `raises nothing`, nothing was raised
  writes, appends, consumes, keeps, calls, waits, finalises   it was seen to happen
`reads` only permits: what it fails to permit shows as a violation of the frame.
"""

import collections

import rows
from observed_call import Call
from spies import SpyInt

Violation = collections.namedtuple("Violation", "name kind message")


class Observer:
    def __init__(self, book):
        self.book = book
        self.violations = []
        self.observed = {}  # row name → set of claims ("frame", clause texts, words of `is`)
        self.called = collections.Counter()
        self.examples = {}  # type name → some values, for the claims of types
        self.names = self.class_names()

    def class_names(self):
        names = {}
        for name in self.book.types:
            try:
                found = rows.find_object(name)
            except LookupError:
                continue
            if isinstance(found, type):
                names.setdefault(found, name)
        return names

    def type_name(self, kind):
        """The described name of a class, of its own or of the base nearest to it."""
        for base in kind.__mro__:
            for name in (self.names.get(base), "%s.%s" % (base.__module__, base.__qualname__),
                         base.__qualname__ if base.__module__ == "builtins" else None):
                name = self.book.resolve(name) if name else name
                if name in self.book.types and name != "object":
                    return name
        if hasattr(kind, "__next__") and "iterator" in self.book.types:
            return "iterator"
        return "object" if "object" in self.book.types else None

    def note(self, row, claim):
        self.observed.setdefault(row.name, set()).add(claim)

    def violate(self, row, kind, message):
        self.violations.append(Violation(row.name, kind, message[:300]))

    # One call

    def observe(self, row, function, arguments, keywords=None, receiver=None, is_method=False,
                owner=None):
        """Calls function(*arguments, **keywords) and checks it. Returns (ended, result or
        exception): "returned", "raised" or "misfit" (a TypeError: wrong arguments)."""
        keywords = keywords or {}
        shape, takes_class = rows.signature(row, is_method)
        try:
            bound = shape.bind(*arguments, **keywords)
        except TypeError as error:
            return "unbound", error
        given = dict(bound.arguments)
        variadic = [p.name for p in shape.parameters.values() if p.kind in (p.VAR_POSITIONAL,
                                                                            p.VAR_KEYWORD)]
        values = dict(given)
        if is_method:
            values["cls" if takes_class else "self"] = owner if takes_class else receiver
        call = Call(self, row, values, given, variadic)
        call.run(function, arguments, keywords)
        if call.is_misfit():
            return "misfit", call.error
        self.called[row.name] += 1
        call.check()
        if call.ended == "returned":
            self.remember(call.result)
            return "returned", call.result
        return "raised", call.error

    def remember(self, value):
        name = self.type_name(type(value))
        if name and name != "object" and type(value) is not SpyInt:
            kept = self.examples.setdefault(name, [])
            if len(kept) < 3:
                kept.append(value)
