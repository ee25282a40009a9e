"""Executes one program text in a small world and tells all that can be observed of it."""

import dataclasses
import gc
import signal
import types

import schedules
import stand_ins

MOST_POINTS = 400
MOST_SECONDS = 0.5  # of computing: a loop that passes no point; others take milliseconds
FILES = {
    "in.txt": "a\nb\nc\n",
    **{f"{name}.in": f"in {name}" for name in "abc"},
    "a.txt": "old a",
}


class Endless(BaseException):
    """The program does not end by itself in this world."""


def give_up(*_):
    raise Endless


signal.signal(signal.SIGVTALRM, give_up)


class LimitedWorld(stand_ins.World):
    def point(self, key, error):
        self.passed = getattr(self, "passed", 0) + 1
        if self.passed > MOST_POINTS:
            raise Endless
        super().point(key, error)


@dataclasses.dataclass
class Setting:
    schedule: str = "at once"
    seed: int = 0
    start: str = "fork"
    fault: object = None
    kind: type | None = None


@dataclasses.dataclass
class Observation:
    outcome: tuple  # how it ended
    trace: list  # what the outside saw, in order
    files: dict
    names: dict  # of the module, frozen
    points: list  # where a fault can be
    requests: dict  # how often each was made
    endless: bool = False

    def differences(self, other, compare_requests=False):
        """What `other` shows differently."""
        out = []
        if self.outcome != other.outcome:
            out.append(("ends with", self.outcome, other.outcome))
        if self.trace != other.trace:
            out.append(("shows", self.trace, other.trace))
        if self.files != other.files:
            out.append(("leaves files", self.files, other.files))
        if compare_requests and self.requests != other.requests:
            out.append(("requests", self.requests, other.requests))
        if self.outcome[0] not in ("the end", "endless"):
            return out  # the program is over: nobody sees its globals
        for name in sorted(self.names.keys() | other.names.keys()):
            mine, its = self.names.get(name, "unbound"), other.names.get(name, "unbound")
            if mine != its:
                out.append((f"leaves {name}", mine, its))
        return out


def freeze(value, seen):
    """A value as plain data, with numbers for objects met again."""
    if value is None or isinstance(value, (int, str, float, bytes, bool)):
        return value
    key = id(value)
    if key in seen:
        return ("met", seen[key])
    seen[key] = len(seen)
    kind = type(value).__name__
    if isinstance(value, (list, tuple)):
        return (kind, *(freeze(each, seen) for each in value))
    if isinstance(value, dict):
        return (kind, *((freeze(k, seen), freeze(v, seen)) for k, v in value.items()))
    if isinstance(value, (set, frozenset)):
        return (kind, *sorted(map(repr, value)))
    if isinstance(value, (types.ModuleType, type, types.BuiltinFunctionType)):
        return kind
    if isinstance(value, types.FunctionType):
        cells = []
        for cell in value.__closure__ or ():
            try:
                cells.append(freeze(cell.cell_contents, seen))
            except ValueError:
                cells.append("empty")
        return (kind, value.__name__, freeze(value.__defaults__, seen), *cells)
    if isinstance(value, types.MethodType):
        return (kind, freeze(value.__self__, seen))
    if isinstance(value, BaseException):
        return (kind, freeze(value.args, seen), freeze(vars(value), seen))
    if isinstance(value, stand_ins.File):
        return (kind, value.path, value.closed, value.pending, value.at)
    if hasattr(value, "__next__"):
        rest = []
        try:
            while len(rest) < 8:
                rest.append(freeze(next(value), seen))
        except BaseException as error:
            rest.append(type(error).__name__)
        return (kind, *rest)
    if hasattr(value, "__dict__"):
        return (kind, freeze(vars(value), seen))
    return kind


extra_builtins = {}  # what an oracle puts into the programs


def make_namespace(name):
    return {"__name__": name, "__builtins__": {**schedules.BUILTINS, **extra_builtins}}


def execute(code, setting, ours):
    """`ours`: the names whose values are looked at."""
    world = LimitedWorld(setting.fault, setting.kind, FILES)
    world.schedule = schedules.Schedule(setting.schedule, setting.seed)
    stand_ins.enter(world)
    namespace = make_namespace("__main__")
    parent = schedules.Process(namespace)
    schedules.processes = schedules.Processes(code, parent, setting.start, make_namespace)
    endless = False
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        exec(code, namespace)
        world.exiting = True
        for function in reversed(world.at_exit):
            function()
        outcome = ("the end",)
    except Endless:
        outcome, endless = ("endless",), True
    except BaseException as error:
        inner = error.__context__
        outcome = (
            type(error).__name__,
            str(error),
            freeze({k: v for k, v in vars(error).items() if k != "__notes__"}, {}),
            type(inner).__name__ if inner is not None else None,
        )
        error.__traceback__ = None
        del error, inner
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    points = list(world.points)
    trace = list(world.trace)
    world.fault = None
    world.schedule = None
    seen = {}
    names = {name: freeze(namespace[name], seen) for name in ours if name in namespace}
    for each in namespace.values():
        if isinstance(each, stand_ins.File):
            each.close()
    namespace.clear()
    if world.open:
        gc.collect()  # as the interpreter does when it ends
    requests = dict(world.requests)
    return Observation(outcome, trace, dict(world.files), names, points, requests, endless)
