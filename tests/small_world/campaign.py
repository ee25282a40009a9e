"""Sends small programs through Braid and executes what comes back beside the original."""

import ast
import collections
import dataclasses
import gc
import hashlib
import json
import os
import pathlib
import re
import subprocess

import execution
import grammar
import parallel  # noqa: F401  programs may import it as joblib
from execution import Setting

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DRIVER = os.environ.get(
    "BRAID_WORLD_DRIVER", str(ROOT / "build" / "release" / "bin" / "world_driver")
)
BATCH = 400


@dataclasses.dataclass
class Difference:
    program: grammar.Program
    rewritten: str
    setting: Setting
    what: list

    def __str__(self):
        rows = [f"    {what}: {mine!r}\n    {' ' * len(what)}  {its!r}"
                for what, mine, its in self.what]  # fmt: skip
        return (
            f"{self.setting}\n" + "\n".join(rows) + f"\n--- original ({self.program.context})\n"
            f"{self.program.text}\n--- rewritten\n{self.rewritten}"
        )


@dataclasses.dataclass
class Tally:
    programs: int = 0
    rewritten: int = 0
    in_joblib: int = 0
    executions: int = 0
    faults: int = 0
    verdicts: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    deals: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    contexts: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    contexts_rewritten: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    reasons: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    endless: int = 0
    differences: list = dataclasses.field(default_factory=list)
    different: int = 0
    crashes: list = dataclasses.field(default_factory=list)

    def add(self, other):
        for field in dataclasses.fields(self):
            mine, its = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, collections.Counter):
                mine.update(its)
            else:
                setattr(self, field.name, mine + its)


def ask(programs, options=()):
    """What Braid makes of each program; {"crash": status} where it ends before it answers."""
    texts = [program.text.encode() for program in programs]
    answer = subprocess.run(
        [DRIVER, *options],
        input=b"".join(b"%d\n%s" % (len(text), text) for text in texts),
        stdout=subprocess.PIPE,
        check=False,
    )
    if answer.returncode == 0:
        return [json.loads(line) for line in answer.stdout.splitlines()]
    if len(programs) == 1:
        return [{"crash": answer.returncode, "sites": [], "text": None, "edges": []}]
    middle = len(programs) // 2
    return ask(programs[:middle], options) + ask(programs[middle:], options)


def has_processes(rewritten):
    return "ProcessPoolExecutor" in rewritten or 'backend="loky"' in rewritten


def same_requests(program, plain, rewritten):
    """Whether the rewritten program must make the very requests of the original."""
    return (
        plain.outcome == ("the end",)
        and program.context != "try"  # nothing that fails is caught
        and not re.search(r"\btry\b|\bQuiet\b", program.loop)
        and not has_processes(rewritten)  # whose workers may execute the module again
    )


KINDS = (None, None, None, StopIteration, SystemExit)


def sites_of(program, answer):
    """The sites in the program's loop, without those of what it calls and of what is around it."""
    before = program.text[: program.text.rindex(program.loop.partition("\n")[0])]
    return [site for site in answer["sites"] if site["line"] > before.count("\n")]


def number_of(text):
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")


def settings(points, number, processes, most_faults):
    """Schedules without a fault, then each fault under some schedules."""
    starts = ("fork", "spawn") if processes else ("fork",)
    for k, schedule in enumerate(("at once", "last first", "random", "in order", "random", "late")):
        yield Setting(schedule, number + k, starts[k % len(starts)])
    if processes:
        yield Setting("at once", number, "spawn")
    step = max(1, -(-len(points) // most_faults))
    for i, point in enumerate(points[number % step :: step]):
        kind = KINDS[(number + i) % len(KINDS)]
        for k, schedule in enumerate(("at once", "last first", "random")):
            yield Setting(schedule, number + i, starts[(i + k) % len(starts)], point, kind)


def readable(text):
    """Names of the module whose values somebody reads; not where a `for` or `with` binds them."""
    found = set()

    def bound_by(node):
        parts = [node.target] if isinstance(node, ast.For) else []
        if isinstance(node, ast.With):
            parts = [item.optional_vars for item in node.items if item.optional_vars]
        return {
            name.id for part in parts for name in ast.walk(part) if isinstance(name, ast.Name)
        }

    def visit(node, not_meant):
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            visit(node.generators[0].iter, not_meant)
            not_meant = not_meant | {
                name.id
                for part in node.generators
                for name in ast.walk(part.target)
                if isinstance(name, ast.Name)
            }
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            not_meant = not_meant | {
                getattr(each, "id", None) or each.arg
                for each in ast.walk(node)
                if isinstance(each, ast.arg)
                or (isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
            }
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.update({node.id} - not_meant)
        for field, value in ast.iter_fields(node):
            inside = not_meant | bound_by(node) if field == "body" else not_meant
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    visit(child, inside)

    visit(ast.parse(text), frozenset())
    return found


def stays_in_workers(original, rewritten):
    """Names that only a worker of the rewritten text binds and reads, in place of the module."""

    def own(text):
        return {
            node.id
            for function in ast.walk(ast.parse(text))
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }

    return own(rewritten) - own(original) - readable(rewritten)


def compare(program, rewritten, most_faults=16, tally=None, first_only=True):
    """Every difference found between the two texts."""
    tally = tally or Tally()
    original_code = compile(program.text, "world.py", "exec")
    try:
        code = compile(rewritten, "world.py", "exec")
    except SyntaxError as error:
        return [Difference(program, rewritten, Setting(), [("is", "Python", str(error))])]
    ours = sorted(grammar.words_of(program.text) - stays_in_workers(program.text, rewritten))
    plain = execution.execute(original_code, Setting(), ours)
    tally.executions += 1
    if plain.endless:
        tally.endless += 1
        return []
    number = number_of(program.text)
    processes = has_processes(rewritten)
    expected = {(None, None): plain}
    with_requests = same_requests(program, plain, rewritten)
    # What a worker prints is text that the loop prints: if that fails, it does so a little later.
    gathers_output = "StringIO" in rewritten
    found = []
    for setting in settings(plain.points, number, processes, most_faults):
        key = (setting.fault, setting.kind)
        if gathers_output and setting.fault and setting.fault[0] == "print":
            continue
        if key not in expected:
            expected[key] = execution.execute(
                original_code, Setting(fault=setting.fault, kind=setting.kind), ours
            )
            tally.executions += 1
            tally.faults += 1
        if expected[key].endless:
            continue
        got = execution.execute(code, setting, ours)
        tally.executions += 1
        what = expected[key].differences(got, with_requests and setting.fault is None)
        if what:
            found.append(Difference(program, rewritten, setting, what))
            if first_only:
                break
    return found


def run(programs, options=(), most_faults=16, keep=20, stop_after=None):
    """The tally of the programs, with the first `keep` differences."""
    tally = Tally()
    gc.freeze()  # worlds with files left open collect what is in cycles: only their own
    for program, answer in zip(programs, ask(programs, options)):
        tally.programs += 1
        tally.contexts[program.context] += 1
        if "crash" in answer:
            tally.crashes.append(program.text)
        sites = sites_of(program, answer)
        verdicts = [site["verdict"].partition(":")[0] for site in sites]
        tally.verdicts.update(verdicts[:1] or ["no site"])
        if answer["text"] is None:
            for site in sites[:1]:
                tally.reasons.update(site["codes"])
            continue
        tally.rewritten += 1
        tally.in_joblib += "from joblib import" in answer["text"]
        tally.contexts_rewritten[program.context] += 1
        tally.deals.update(
            site["deal"] for site in answer["sites"] if site["verdict"] == "parallel"
        )
        found = compare(program, answer["text"], most_faults, tally)
        if found:
            tally.different += 1
            if len(tally.differences) < keep:
                tally.differences += found
            if stop_after and tally.different >= stop_after:
                break
    return tally


def batches(programs, size=BATCH):
    batch = []
    for program in programs:
        batch.append(program)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
