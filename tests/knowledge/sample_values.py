"""Sample values, as calls are given them, and what can be told of values."""

import pickle

import prelude
import state
from spies import Spy, SpyInt


def plain(value):
    return value


def spied(value):
    """Functions and numbers that tell whether and how they were called."""
    if value in (prelude.FUNCTION, prelude.TWO) if callable(value) else False:
        return Spy(value)
    return spied_inside(value)


def spied_inside(value):
    if type(value) is int:
        return SpyInt(value)
    if type(value) in (list, tuple, set, frozenset) and all(type(x) is int for x in value):
        return type(value)(SpyInt(x) for x in value)
    if type(value) is list and all(isinstance(x, list) for x in value):
        return [spied_inside(x) for x in value]
    if type(value) is dict:
        return {spied_inside(k): spied_inside(v) for k, v in value.items()}
    return value


def as_iterators(value):
    return iter(value) if isinstance(value, (list, tuple, dict, set)) else value


def abstract(kind):
    return kind.__module__ == "io" and kind.__name__.endswith("Base")


def pickles(value):
    try:
        pickle.dumps(value, 4)
    except Exception:
        return False
    return True


def same_value(one, other):
    try:
        if bool(one == other):
            return True
    except Exception:
        pass
    if repr(one) == repr(other):
        return True
    if type(one).__eq__ is object.__eq__ and hasattr(one, "__dict__"):
        return sorted(vars(one)) == sorted(vars(other))
    return state.own_state(one) == state.own_state(other) and state.own_state(one) is not None


def immutable(values):
    for value in values:
        if isinstance(value, (list, dict, set, bytearray)):
            return False, "is a container that can be changed"
    for value in values:
        try:
            setattr(value, "a_name_of_no_use", 1)
        except (AttributeError, TypeError):
            continue
        delattr(value, "a_name_of_no_use")
        # Subclasses of a script can be given attributes; so can enum members and dialects.
        return None, ""
    for value in values:
        held = state.own_state(value)
        if held != state.own_state(value):
            return False, "changes by itself"
    return True, ""
