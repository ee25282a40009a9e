"""Runs a script and records which iterations of its loops touch the same thing.

    recorder.py SCRIPT [ARGUMENTS…]     the script's own output goes to stderr; JSON to stdout

Out: for each loop that ran, the conflicts that happened between iterations: {"loop": line,
"conflicts": [[kind, line of the earlier access, line of the later one, what]]}. A line is a list:
where an access happens inside functions, those of the calls from the loop on and the line there. Of
names of a frame only flow counts: merge gives each iteration its own.
"""

import ast
import collections
import json
import os
import sys

CHANGES = {
    "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "add", "discard",
    "update", "setdefault", "popitem", "appendleft", "popleft", "write", "writelines", "writerow",
    "writerows", "read", "readline", "readlines", "subtract", "seek", "truncate",
}  # fmt: skip
CONTAINERS = (list, dict, set, collections.deque)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
WHOLE = "whole"


class Loop:
    """What one run of one loop has seen: per thing and part, the last write and the reads since."""

    def __init__(self, line, depth):
        self.line, self.depth = line, depth
        self.iteration = -1
        self.at = line  # the statement of the body that is being executed
        self.written = {}
        self.read = collections.defaultdict(list)
        self.parts = collections.defaultdict(set)
        self.conflicts = {}

    def parts_touched(self, thing, part):
        return [*self.parts[thing]] if part == WHOLE else [part, WHOLE]

    def touch(self, thing, part, writes, lines, what, names_only):
        here = (self.iteration, lines)
        for each in self.parts_touched(thing, part):
            earlier = self.written.get((thing, each))
            if earlier and earlier[0] < self.iteration and not (names_only and writes):
                self.note("output" if writes else "flow", earlier[1], lines, what)
            if writes and not names_only:
                for iteration, where in self.read[thing, each]:
                    if iteration < self.iteration:
                        self.note("anti", where, lines, what)
        self.parts[thing].add(part)
        if writes:
            self.written[thing, part] = here
            self.read[thing, part] = []
        else:
            self.read[thing, part].append(here)
            del self.read[thing, part][:-20]

    def note(self, kind, earlier, later, what):
        self.conflicts[kind, earlier, later] = what


class Recorder:
    def __init__(self):
        self.loops = []  # running, outermost first
        self.line = 0
        self.calls = []  # lines of the calls that are being made
        self.alive = []  # so that no id is used twice
        self.found = collections.defaultdict(dict)

    def touch(self, thing, part, writes, what, names_only=False):
        for loop in self.loops:
            lines = dict.fromkeys((loop.at, *self.calls[loop.depth :], self.line))
            loop.touch(thing, part, writes, tuple(lines), what, names_only)

    def about(self, value, part, writes):
        if isinstance(value, (str, int, float, bytes, tuple, type(None), type, type(os))):
            return
        self.alive.append(value)
        self.touch(("object", id(value)), part, writes, type(value).__name__)

    # -- what instrumented code calls

    def at(self, line, inside):
        """`inside`: the lines of the loops of the same function around this statement."""
        self.line = line
        for loop in self.loops:
            if loop.line in inside:
                loop.at = line

    def load(self, key, own, value):
        self.touch(("name", key), WHOLE, False, key, own)
        return value

    def store(self, own, key):
        """`own`: the name is of the frame that stores it."""
        self.touch(("name", key), WHOLE, True, key, own)

    def iterate(self, line, items):
        if isinstance(items, CONTAINERS):
            self.about(items, WHOLE, False)
        loop = Loop(line, len(self.calls))
        try:
            for item in items:
                if loop.iteration < 0:
                    self.loops.append(loop)
                loop.iteration += 1
                loop.at = self.line = line
                yield item
        finally:
            if loop in self.loops:
                self.loops.remove(loop)
            self.found[line].update(loop.conflicts)

    def item(self, value, key):
        try:
            hash(key)
            part = ("item", key)
        except TypeError:
            part = WHOLE
        self.about(value, part, False)
        return value[key]

    def attribute(self, value, name):
        found = getattr(value, name)
        if not callable(getattr(type(value), name, None)):
            self.about(value, ("attribute", name), False)
        elif isinstance(value, CONTAINERS) or hasattr(value, "write"):

            def call(*arguments, **named):
                self.about(value, WHOLE, name in CHANGES)
                return found(*arguments, **named)

            return call
        return found

    def changed(self, value):
        return Changed(self, value)

    def call(self, function):
        line = self.line
        builtin = isinstance(function, (type(len), type))

        def call(*arguments, **named):
            self.calls.append(line)
            try:
                if builtin:
                    return self.builtin(function, arguments, named)
                return function(*arguments, **named)
            finally:
                self.calls.pop()
                self.line = line

        return call

    def builtin(self, function, arguments, named):
        if function is print:
            out = named.get("file") or sys.stdout
            if out is not sys.stderr:
                self.touch(("stream", "stdout"), WHOLE, True, "standard output")
        elif function is open:
            mode = arguments[1] if len(arguments) > 1 else named.get("mode", "r")
            path = os.path.realpath(str(arguments[0]))
            self.touch(("file", path), WHOLE, any(c in mode for c in "wax+"), path)
        else:
            for each in (*arguments, *named.values()):
                if isinstance(each, CONTAINERS):
                    self.about(each, WHOLE, False)
        return function(*arguments, **named)

    def report(self):
        return [
            {"loop": line, "conflicts": [[kind, list(a), list(b), what]
                                         for (kind, a, b), what in conflicts.items()]}
            for line, conflicts in sorted(self.found.items())
        ]  # fmt: skip


class Changed:
    """Stands for an object where one of its parts is stored or deleted."""

    def __init__(self, recorder, value):
        self.__dict__.update(_recorder=recorder, _value=value)

    def __getitem__(self, key):
        return self._recorder.item(self._value, key)

    def __setitem__(self, key, new):
        part = WHOLE if isinstance(key, slice) else ("item", key)
        self._recorder.about(self._value, part, True)
        self._value[key] = new

    def __delitem__(self, key):
        self._recorder.about(self._value, WHOLE, True)
        del self._value[key]

    def __getattr__(self, name):
        return self._recorder.attribute(self._value, name)

    def __setattr__(self, name, new):
        self._recorder.about(self._value, ("attribute", name), True)
        setattr(self._value, name, new)

    def __delattr__(self, name):
        self._recorder.about(self._value, ("attribute", name), True)
        delattr(self._value, name)


# -- instrumentation


def called(method, *arguments):
    name = ast.Attribute(ast.Name("__recorder__", ast.Load()), method, ast.Load())
    return ast.Call(name, list(arguments), [])


class Instrument(ast.NodeTransformer):
    def __init__(self):
        self.scopes = []  # names bound in each function around
        self.around = []  # lines of the loops around, in the same function
        self.yields = False

    def key(self, name):
        for depth in range(len(self.scopes) - 1, -1, -1):
            if name in self.scopes[depth][1]:
                return f"{self.scopes[depth][0]} {name}"
        return f"global {name}"

    def own(self, name):
        return ast.Constant(not self.scopes or name in self.scopes[-1][1])

    def visit_function(self, node):
        declared = {
            name
            for each in ast.walk(node)
            if isinstance(each, (ast.Global, ast.Nonlocal))
            for name in each.names
        }
        bound = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
        bound |= {
            each.id
            for each in ast.walk(node)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }
        self.scopes.append((f"{getattr(node, 'name', 'lambda')}:{node.lineno}", bound - declared))
        around, self.around = self.around, []
        outside, self.yields = (
            self.yields,
            any(isinstance(each, ast.Yield) for each in ast.walk(node)),
        )
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            parameters = sorted(a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg))
            node.body = [
                ast.Expr(called("store", ast.Constant(True), ast.Constant(self.key(name))))
                for name in parameters
            ] + self.block(node.body)
        self.scopes.pop()
        self.around, self.yields = around, outside
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_function

    def visit_ClassDef(self, node):
        node.body = [self.visit(each) if isinstance(each, FUNCTIONS) else each
                     for each in node.body]  # fmt: skip
        return node

    def visit_comprehension_display(self, node):
        return node  # its names are its own

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = (
        visit_comprehension_display
    )

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and not node.id.startswith("__"):
            return called("load", ast.Constant(self.key(node.id)), self.own(node.id), node)
        return node

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            if isinstance(node.slice, ast.Slice):
                return node
            return called("item", node.value, node.slice)
        node.value = called("changed", node.value)
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            return called("attribute", node.value, ast.Constant(node.attr))
        node.value = called("changed", node.value)
        return node

    def visit_Call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id in ("super", "locals", "globals"):
            return node
        self.generic_visit(node)
        node.func = called("call", node.func)
        return node

    def visit_For(self, node):
        if self.yields:  # its caller runs between its iterations: what that does is not the loop's
            return self.generic_visit(node)
        node.iter = called("iterate", ast.Constant(node.lineno), self.visit(node.iter))
        self.around.append(node.lineno)
        stored = self.stores(node.target)
        node.target = self.visit(node.target)
        node.body = stored + self.block(node.body)
        self.around.pop()
        node.orelse = self.block(node.orelse)
        return node

    def stores(self, node):
        names = sorted({
            each.id
            for each in ast.walk(node)
            if isinstance(each, ast.Name) and isinstance(each.ctx, (ast.Store, ast.Del))
        })  # fmt: skip
        return [
            ast.Expr(called("store", self.own(name), ast.Constant(self.key(name))))
            for name in names
        ]

    def block(self, statements):
        out = []
        for node in statements:
            lines = ast.Tuple([ast.Constant(line) for line in self.around], ast.Load())
            out.append(ast.Expr(called("at", ast.Constant(node.lineno), lines)))
            simple = isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr, ast.Delete))
            after = self.stores(node) if simple else []
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                after = self.stores(node.target)
                load = ast.Name(node.target.id, ast.Load())
                out.append(ast.Expr(self.visit_Name(load)))
            if isinstance(node, ast.With):
                after = []
            out.append(self.visit(node))
            out += after
        return out

    def generic_visit(self, node):
        for field, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, field, self.block(value))
            elif isinstance(value, list):
                setattr(node, field, [self.visit(v) if isinstance(v, ast.AST) else v
                                      for v in value])  # fmt: skip
            elif isinstance(value, ast.AST):
                setattr(node, field, self.visit(value))
        return node


def instrumented(text, path):
    tree = ast.parse(text, path)
    head = [
        each
        for each in tree.body
        if isinstance(each, ast.ImportFrom) and each.module == "__future__"
    ]
    instrument = Instrument()
    tree.body = head + instrument.block([each for each in tree.body if each not in head])
    return compile(ast.fix_missing_locations(tree), path, "exec")


def main():
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        code = instrumented(file.read(), path)
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    answer, sys.stdout = sys.stdout, sys.stderr
    recorder = Recorder()
    ended = None
    try:
        exec(code, {"__name__": "__main__", "__file__": path, "__recorder__": recorder})
    except BaseException as error:
        ended = type(error).__name__
    while recorder.loops:
        loop = recorder.loops.pop()
        recorder.found[loop.line].update(loop.conflicts)
    json.dump({"ended": ended, "loops": recorder.report()}, answer)


if __name__ == "__main__":
    main()
