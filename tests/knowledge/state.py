"""What objects and the process look like, so that before and after can be compared."""

import array
import collections
import gc
import io
import os
import random
import signal
import sys
import types
import warnings

ATOMS = (type(None), bool, int, float, complex, str, bytes, range, type, types.FunctionType,
         types.BuiltinFunctionType, types.ModuleType, types.CodeType, type(Ellipsis),
         type(NotImplemented))


# Attributes in which objects remember what they would compute again: nobody can tell.
MEMOS = {"_cache", "_hash", "_str", "_FastLookup__names", "_FastLookup__lookup", "loggerDict",
         "_attrs", "_attrsNS", "_accessor", "_line", "_lines", "_code", "_dedented_lines",
         "_original_lines", "_lines_dedented"}


# Of libraries whose objects hold what Python cannot see: kind name → its state, → what it shares.
STATES = {}
SHARES = {}


def foreign(table, value):
    for kind in type(value).__mro__:
        found = table.get("%s.%s" % (kind.__module__, kind.__qualname__))
        if found:
            return found
    return None


def is_atom(value):
    return isinstance(value, ATOMS) and type(value).__module__ != "observe"


def children(value):
    """The objects that a value holds, as a script could reach them."""
    if is_atom(value) or type(value) in ATOMS:
        return []
    if isinstance(value, dict):
        found = list(dict.keys(value)) + list(dict.values(value))
    elif isinstance(value, (list, tuple, set, frozenset, collections.deque)):
        found = list(type(value).__iter__(value))
    else:
        found = []
    held = getattr(value, "__dict__", None)
    if isinstance(held, dict):
        found += [item for name, item in held.items() if name not in MEMOS]
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if name in MEMOS:
                continue
            try:
                found.append(object.__getattribute__(value, name))
            except AttributeError:
                pass
    return found


def reachable(root, limit=400):
    """id → object of all that is no atom and can be reached from root, root included."""
    found, queue = {}, [root]
    while queue and len(found) < limit:
        value = queue.pop()
        if id(value) in found or is_atom(value) or type(value) in ATOMS:
            continue
        found[id(value)] = value
        queue.extend(children(value))
    return found


def referents(root, limit=4000):
    """ids of all that the collector can reach from root; classes, modules and frames end the way."""
    found, queue = set(), [root]
    while queue and len(found) < limit:
        value = queue.pop()
        if id(value) in found or isinstance(value, (type, types.ModuleType, types.FrameType)):
            continue
        found.add(id(value))
        shared = foreign(SHARES, value)
        if shared:
            queue.extend(shared(value))
        if isinstance(value, types.FunctionType):
            queue += [cell.cell_contents for cell in value.__closure__ or () if cell_is_full(cell)]
            queue += list(value.__defaults__ or ())
            queue += list((value.__kwdefaults__ or {}).values())
            queue += list(value.__dict__.values())
        elif not isinstance(value, types.BuiltinFunctionType) or value.__self__ is not None:
            queue.extend(gc.get_referents(value))
    return found


def cell_is_full(cell):
    try:
        cell.cell_contents
    except ValueError:
        return False
    return True


def own_state(value, private=True):
    """The state of one object alone; None where nothing is known about its kind."""
    kind = type(value)
    look = foreign(STATES, value)
    if look:
        return look(value)
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, array.array):
        return value.tobytes()
    if isinstance(value, io.StringIO):
        return "closed" if value.closed else (value.getvalue(), value.tell())
    if isinstance(value, io.BytesIO):
        return "closed" if value.closed else (value.getvalue(), value.tell())
    if isinstance(value, io.IOBase):
        try:
            return value.closed
        except ValueError:
            return "detached"
    if isinstance(value, random.Random) and kind is not random.SystemRandom:
        return value.getstate()
    if isinstance(value, types.GeneratorType):
        frame = value.gi_frame
        return None if frame is None else frame.f_lasti, frame is None
    state = None
    if isinstance(value, dict):
        state = [(id(k), id(v)) for k, v in dict.items(value)]
    elif isinstance(value, (list, tuple, collections.deque)):
        state = [id(item) for item in kind.__iter__(value)]
    elif isinstance(value, (set, frozenset)):
        state = sorted(id(item) for item in kind.__iter__(value))
    elif hasattr(kind, "__next__") and kind.__module__ in ("builtins", "itertools", "_collections"):
        return iterator_state(value)
    elif hasattr(kind, "hexdigest") and hasattr(kind, "copy"):
        try:
            return value.copy().digest()
        except TypeError:
            return value.copy().digest(8)
    elif kind.__module__ == "decimal" and kind.__name__ == "Context":
        return repr(value)
    held = getattr(value, "__dict__", None)
    if isinstance(held, dict):
        state = (state, sorted((k, shown(v)) for k, v in held.items() if isinstance(k, str)
                               and k not in MEMOS and (private or not k.startswith("_"))))
    for slotted in kind.__mro__:
        slots = slotted.__dict__.get("__slots__", ())
        names = [slots] if isinstance(slots, str) else list(slots)
        pairs = []
        for name in names:
            if name in MEMOS or name.startswith("_") and not private:
                continue
            try:
                pairs.append((name, shown(object.__getattribute__(value, name))))
            except AttributeError:
                pass
        if pairs:
            state = (state, pairs)
    return state


def shown(value):
    """Atoms by value: small numbers and texts have no identity worth comparing."""
    if isinstance(value, (int, float, str, bytes, bool, type(None))):
        return (type(value).__name__, str(value)[:200])
    return id(value)


def iterator_state(value):
    try:
        # Python 3.14 drops pickling of some iterators; what they hold shows all the same.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reduced = value.__reduce__()
        return repr([part if is_atom(part) else [x if is_atom(x) else id(x) for x in part]
                     if isinstance(part, tuple) else id(part) for part in reduced[1:]])
    except (TypeError, AttributeError):
        pass
    try:
        return value.__length_hint__()
    except (TypeError, AttributeError):
        return None


def ambient():
    """place → a value that tells whether it changed."""
    import decimal
    import locale
    import logging
    import threading

    mask = os.umask(0o22)
    os.umask(mask)
    context = decimal.getcontext()
    root = logging.getLogger()
    return {
        "cwd": os.getcwd(),
        "environ": dict(os.environ),
        "umask": mask,
        "locale": locale.setlocale(locale.LC_ALL),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM,
                                                            signal.SIGALRM, signal.SIGUSR1)],
        "warnings": ([tuple(map(str, entry)) for entry in warnings.filters],
                     id(warnings.showwarning)),
        "logging": (root.level, root.handlers[:], root.disabled, root.manager.disable,
                    dict(logging._levelToName), len(logging._handlers)),
        "random": hash(random.getstate()),
        "interpreter": (list(sys.path), sys.getrecursionlimit(), sys.getswitchinterval(),
                        gc.isenabled(), gc.get_threshold(), sys.gettrace(), id(sys.stdout),
                        id(sys.stdin), id(sys.excepthook)),
        "decimal": (context.prec, context.rounding, context.Emin, context.Emax, id(context)),
        "threads": len(threading.enumerate()),
    }
