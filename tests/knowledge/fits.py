"""Whether a value fits a TYPE of the knowledge language. None: this machine cannot tell."""

import collections
import re
import types

from rows import find_object, split


class Scope:
    """The bound arguments of one call, before and after it."""

    def __init__(self, values, variadic=()):
        self.values = values
        self.variadic = set(variadic)
        self.elements_before = {name: self.collect(name, values_of) for name in values}
        self.keys_before = {name: self.collect(name, keys_of) for name in values}

    def each(self, name):
        """The argument, or each argument that *args or **kwargs caught."""
        root, _, attribute = name.partition(".")
        if root not in self.values:
            return []
        value = self.values[root]
        if root in self.variadic:
            found = list(value.values()) if isinstance(value, dict) else list(value)
        else:
            found = [value]
        return [getattr(item, attribute, None) for item in found] if attribute else found

    def collect(self, name, of):
        found = []
        for value in self.each(name):
            inside = of(value)
            if inside is None:
                return None
            found += inside
        return found


def values_of(value):
    if isinstance(value, dict):
        return list(dict.values(value)) + list(dict.keys(value))
    if isinstance(value, (list, tuple, set, frozenset, collections.deque, str, bytes, range)):
        return list(value)
    if value is None or isinstance(value, (int, float, complex)):
        return []
    return None


def keys_of(value):
    return list(dict.keys(value)) if isinstance(value, dict) else values_of(value)


def fits(book, text, value, scope, depth=0):
    answers = [fits_alone(book, part, value, scope, depth) for part in split(text, "|")]
    if True in answers:
        return True
    return None if None in answers or not answers else False


def fits_alone(book, text, value, scope, depth):
    if text in ("any", "self"):
        return None
    if text == "json":
        return isinstance(value, (dict, list, str, int, float, bool, type(None)))
    if text == "value":
        return fits_hashable(value)
    if text == "None":
        return value is None
    if text == "module":
        return isinstance(value, types.ModuleType)
    if text == "function":
        return callable(value)
    match = re.match(r"(element|key|type|call|instance)\(([\w.]+)\)$", text)
    if match:
        return fits_argument(match.group(1), match.group(2), value, scope)
    match = re.match(r"([\w.]+)\[(.*)\]$", text)
    name, inside = (match.group(1), split(match.group(2), ",")) if match else (text, [])
    answer = fits_name(book, name, value)
    if not answer or not inside or depth > 2:
        return answer
    return fits_inside(book, name, inside, value, scope, depth)


def fits_hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def fits_argument(word, name, value, scope):
    if scope is None:
        return None
    given = scope.each(name)
    if word == "type":
        return any(type(value) is type(item) for item in given) if given else None
    if word == "instance":
        kinds = [item for item in given if isinstance(item, type)]
        return isinstance(value, tuple(kinds)) if kinds else None
    if word == "call":
        return None
    found = (scope.elements_before if word == "element" else scope.keys_before).get(name)
    if not found:
        return None
    # As a type: of the kind of one of them.
    return any(value is item or type(value) is type(item) for item in found) or None


def fits_name(book, name, value):
    if name == "iterator":
        return hasattr(value, "__next__")
    if name == "None":
        return value is None
    name = book.resolve(name)
    try:
        kind = find_object(name)
    except LookupError:
        kind = None
    if isinstance(kind, type):
        if isinstance(value, kind):
            # bool is an int for everybody.
            return True
        return False
    names = {"%s.%s" % (base.__module__, base.__qualname__) for base in type(value).__mro__}
    short = {base.__name__ for base in type(value).__mro__}
    if name in names or name in short:
        return True
    if name == "function":
        return callable(value)
    return None


def fits_inside(book, name, inside, value, scope, depth):
    if name == "tuple" and isinstance(value, tuple):
        if inside[-1] == "...":
            inside = inside[:1] * len(value)
        elif len(inside) != len(value):
            return False
        answers = [fits(book, t, item, scope, depth + 1) for t, item in zip(inside, value)]
    elif isinstance(value, dict) and len(inside) == 2:
        answers = [fits(book, inside[0], key, scope, depth + 1) for key in list(value)[:5]]
        answers += [fits(book, inside[1], item, scope, depth + 1)
                    for item in list(value.values())[:5]]
    elif isinstance(value, (list, set, frozenset, collections.deque)) and len(inside) == 1:
        answers = [fits(book, inside[0], item, scope, depth + 1) for item in list(value)[:5]]
    else:
        return True
    return False if False in answers else True
