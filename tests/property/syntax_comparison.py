"""Compares a tree of CPython's ast with what `dump` prints of Braid's tree: kinds, names,
operators, values and spans of every node.

Not compared: what stands inside f-strings before 3.12, where CPython's positions are not those of
the text; nodes that ast gives no position (arguments, comprehension, withitem, match_case); and how
ast joins neighbouring text pieces of an f-string.
"""

import ast
import re
import sys

from pattern_comparison import PatternComparison

EXACT_F_STRINGS = sys.version_info >= (3, 12)


class Different(Exception):
    pass


class Comparison(PatternComparison):
    """Compares one file's trees; raises Different at the first difference."""

    def __init__(self, text):
        self.lines = [line.encode() for line in re.split("\r\n|\r|\n", text)]
        self.nodes = 0

    def place(self, line, offset):
        return line, len(self.lines[line - 1][:offset].decode()) + 1

    def begin(self, node):
        return self.place(node.lineno, node.col_offset)

    def end(self, node):
        return self.place(node.end_lineno, node.end_col_offset)

    def differ(self, node, what, expected, actual):
        where = getattr(node, "lineno", "?")
        expected, actual = repr(expected)[:80], repr(actual)[:80]
        raise Different(f"line {where}, {type(node).__name__}: {what}: {expected}, Braid {actual}")

    def same(self, node, what, expected, actual):
        if expected != actual:
            self.differ(node, what, expected, actual)

    def same_span(self, node, ours):
        self.same(node, "begin", self.begin(node), ours.begin)
        self.same(node, "end", self.end(node), ours.end)

    def same_flag(self, node, ours, flag, expected):
        self.same(node, flag, bool(expected), flag in ours.flags)

    def each(self, node, what, expected, ours, compare=None):
        self.same(node, f"number of {what}", len(expected), len(ours.items))
        for one, other in zip(expected, ours.items):
            (compare or self.node)(one, other)

    def optional(self, node, what, expected, ours, compare=None):
        self.same(node, f"has {what}", expected is not None, ours is not None)
        if expected is not None:
            (compare or self.node)(expected, ours)

    def node(self, node, ours):
        self.nodes += 1
        method = getattr(self, type(node).__name__, None)
        if method is None:
            raise Different(f"no comparison for {type(node).__name__}")
        method(node, ours)

    def kind(self, node, ours, kind=None, span=True):
        self.same(node, "kind", kind or type(node).__name__, ours.kind)
        if span:
            self.same_span(node, ours)
        return ours.slots

    # -- statements

    def Module(self, node, ours):
        self.each(node, "statements", node.body, self.kind(node, ours, span=False)["statements"])

    def function(self, node, ours, asynchronous):
        slots = self.kind(node, ours, "FunctionDef")
        self.same(node, "name", node.name, ours.name)
        self.same_flag(node, ours, "async", asynchronous)
        self.each(node, "decorators", node.decorator_list, slots["decorators"])
        self.each(node, "type parameters", getattr(node, "type_params", []), slots["type_params"])
        self.arguments(node.args, slots["arguments"])
        self.optional(node, "returns", node.returns, slots.get("returns"))
        self.each(node, "statements", node.body, slots["statements"])

    def FunctionDef(self, node, ours):
        self.function(node, ours, False)

    def AsyncFunctionDef(self, node, ours):
        self.function(node, ours, True)

    def ClassDef(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "name", node.name, ours.name)
        self.each(node, "decorators", node.decorator_list, slots["decorators"])
        self.each(node, "type parameters", getattr(node, "type_params", []), slots["type_params"])
        self.each(node, "bases", node.bases, slots["bases"])
        self.each(node, "keywords", node.keywords, slots["keywords"])
        self.each(node, "statements", node.body, slots["statements"])

    def Return(self, node, ours):
        self.optional(node, "value", node.value, self.kind(node, ours).get("value"))

    def Delete(self, node, ours):
        self.each(node, "targets", node.targets, self.kind(node, ours)["targets"])

    def Assign(self, node, ours):
        slots = self.kind(node, ours)
        self.each(node, "targets", node.targets, slots["targets"])
        self.node(node.value, slots["value"])

    def TypeAlias(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.name, slots["target"])
        self.each(node, "type parameters", node.type_params, slots["type_params"])
        self.node(node.value, slots["value"])

    def AugAssign(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "operator", type(node.op).__name__, ours.op)
        self.node(node.target, slots["target"])
        self.node(node.value, slots["value"])

    def AnnAssign(self, node, ours):
        slots = self.kind(node, ours)
        self.same_flag(node, ours, "simple", node.simple)
        self.node(node.target, slots["target"])
        self.node(node.annotation, slots["annotation"])
        self.optional(node, "value", node.value, slots.get("value"))

    def loop(self, node, ours, asynchronous):
        slots = self.kind(node, ours, "For")
        self.same_flag(node, ours, "async", asynchronous)
        self.node(node.target, slots["target"])
        self.node(node.iter, slots["iter"])
        self.each(node, "statements", node.body, slots["statements"])
        self.each(node, "else statements", node.orelse, slots["else_statements"])

    def For(self, node, ours):
        self.loop(node, ours, False)

    def AsyncFor(self, node, ours):
        self.loop(node, ours, True)

    def While(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.test, slots["test"])
        self.each(node, "statements", node.body, slots["statements"])
        self.each(node, "else statements", node.orelse, slots["else_statements"])

    def If(self, node, ours):
        # A chain of elif may be longer than Python's stack.
        while True:
            slots = self.kind(node, ours)
            self.nodes += 1
            self.node(node.test, slots["test"])
            self.each(node, "statements", node.body, slots["statements"])
            rest = slots["else_statements"].items
            if not (len(node.orelse) == len(rest) == 1 and isinstance(node.orelse[0], ast.If)):
                break
            node, ours = node.orelse[0], rest[0]
            where = self.lines[node.lineno - 1][node.col_offset :]
            self.same_flag(node, ours, "elif", where.startswith(b"elif"))
        self.each(node, "else statements", node.orelse, slots["else_statements"])

    def context(self, node, ours, asynchronous):
        slots = self.kind(node, ours, "With")
        self.same_flag(node, ours, "async", asynchronous)
        self.each(node, "items", node.items, slots["items"])
        self.each(node, "statements", node.body, slots["statements"])

    def With(self, node, ours):
        self.context(node, ours, False)

    def AsyncWith(self, node, ours):
        self.context(node, ours, True)

    def withitem(self, node, ours):
        slots = self.kind(node, ours, "WithItem", span=False)
        self.node(node.context_expr, slots["context"])
        self.optional(node, "target", node.optional_vars, slots.get("target"))

    def Match(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.subject, slots["subject"])
        self.each(node, "cases", node.cases, slots["cases"])

    def match_case(self, node, ours):
        slots = self.kind(node, ours, "MatchCase", span=False)
        self.node(node.pattern, slots["pattern"])
        self.optional(node, "guard", node.guard, slots.get("guard"))
        self.each(node, "statements", node.body, slots["statements"])

    def Raise(self, node, ours):
        slots = self.kind(node, ours)
        self.optional(node, "exception", node.exc, slots.get("exception"))
        self.optional(node, "cause", node.cause, slots.get("cause"))

    def attempt(self, node, ours, star):
        slots = self.kind(node, ours, "Try")
        self.same_flag(node, ours, "star", star)
        self.each(node, "statements", node.body, slots["statements"])
        self.each(node, "handlers", node.handlers, slots["handlers"])
        self.each(node, "else statements", node.orelse, slots["else_statements"])
        self.each(node, "finally statements", node.finalbody, slots["finally_statements"])

    def Try(self, node, ours):
        self.attempt(node, ours, False)

    def TryStar(self, node, ours):
        self.attempt(node, ours, True)

    def ExceptHandler(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "name", node.name, ours.name)
        self.optional(node, "type", node.type, slots.get("type"))
        self.each(node, "statements", node.body, slots["statements"])

    def Assert(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.test, slots["test"])
        self.optional(node, "message", node.msg, slots.get("message"))

    def Import(self, node, ours):
        self.each(node, "names", node.names, self.kind(node, ours)["names"])

    def ImportFrom(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "module", node.module, ours.name)
        self.same(node, "level", node.level, int(ours.op or 0))
        star = [alias.name for alias in node.names] == ["*"]
        self.same_flag(node, ours, "star", star)
        self.each(node, "names", [] if star else node.names, slots["names"])

    def alias(self, node, ours):
        self.kind(node, ours, "ImportAlias", span=sys.version_info >= (3, 10))
        self.same(node, "name", node.name, ours.name)
        self.same(node, "alias", node.asname, ours.alias)

    def Global(self, node, ours):
        self.kind(node, ours)
        self.same(node, "names", node.names, [item.name for item in ours.items])

    Nonlocal = Global

    def Expr(self, node, ours):
        self.node(node.value, self.kind(node, ours, "ExprStatement")["value"])

    def Pass(self, node, ours):
        self.kind(node, ours)

    Break = Continue = Pass

    # -- expressions

    def BoolOp(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "operator", type(node.op).__name__, ours.op)
        self.each(node, "values", node.values, slots["values"])

    def NamedExpr(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.target, slots["target"])
        self.node(node.value, slots["value"])

    def BinOp(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "operator", type(node.op).__name__, ours.op)
        self.node(node.left, slots["left"])
        self.node(node.right, slots["right"])

    def UnaryOp(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "operator", type(node.op).__name__, ours.op)
        self.node(node.operand, slots["operand"])

    def Lambda(self, node, ours):
        slots = self.kind(node, ours)
        self.arguments(node.args, slots["arguments"])
        self.node(node.body, slots["body"])

    def IfExp(self, node, ours):
        slots = self.kind(node, ours)
        for slot in ("test", "body", "orelse"):
            self.node(getattr(node, slot), slots[slot])

    def Dict(self, node, ours):
        slots = self.kind(node, ours)
        self.each(node, "values", node.values, slots["values"])
        self.same(node, "number of keys", len(node.keys), len(slots["keys"].items))
        for key, other in zip(node.keys, slots["keys"].items):
            if key is None:
                self.same(node, "kind of key", "Missing", other.kind)
            else:
                self.node(key, other)

    def Set(self, node, ours):
        self.each(node, "items", node.elts, self.kind(node, ours)["items"])

    def ListComp(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.elt, slots["element"])
        self.each(node, "generators", node.generators, slots["generators"])

    SetComp = GeneratorExp = ListComp

    def DictComp(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.key, slots["key"])
        self.node(node.value, slots["value"])
        self.each(node, "generators", node.generators, slots["generators"])

    def comprehension(self, node, ours):
        slots = self.kind(node, ours, "Comprehension", span=False)
        self.same_flag(node, ours, "async", node.is_async)
        self.node(node.target, slots["target"])
        self.node(node.iter, slots["iter"])
        self.each(node, "conditions", node.ifs, slots["ifs"])

    def Await(self, node, ours):
        self.node(node.value, self.kind(node, ours)["value"])

    def Yield(self, node, ours):
        self.optional(node, "value", node.value, self.kind(node, ours).get("value"))

    def YieldFrom(self, node, ours):
        self.node(node.value, self.kind(node, ours)["value"])

    def Compare(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.left, slots["left"])
        self.same(node, "comparisons", len(node.ops), len(slots["comparators"].items))
        for op, value, item in zip(node.ops, node.comparators, slots["comparators"].items):
            self.same(node, "operator", type(op).__name__, item.op)
            self.node(value, item.slots["value"])

    def Call(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.func, slots["function"])
        self.each(node, "arguments", node.args, slots["arguments_list"])
        self.each(node, "keywords", node.keywords, slots["keywords"])

    def keyword(self, node, ours):
        slots = self.kind(node, ours, "Keyword")
        self.same(node, "name", node.arg, ours.name)
        self.node(node.value, slots["value"])

    def JoinedStr(self, node, ours):
        slots = self.kind(node, ours, "JoinedString")
        self.same_flag(node, ours, "template", type(node).__name__ == "TemplateStr")
        self.pieces(node, node.values, slots["values"])

    TemplateStr = JoinedStr

    def pieces(self, node, values, ours):
        expected = [value for value in values if not isinstance(value, ast.Constant)]
        actual = [item for item in ours.items if item.kind != "Constant"]
        self.same(node, "values in the f-string", len(expected), len(actual))
        for one, other in zip(expected, actual):
            self.kind(one, other, "FormattedValue", span=False)
            self.same_flag(one, other, "debug", "debug" in other.flags)
            conversion = chr(one.conversion) if one.conversion > 0 else None
            implied = "debug" in other.flags and other.op is None
            if not implied:
                self.same(one, "conversion", conversion, other.op)
            spec = other.slots.get("format_spec")
            if EXACT_F_STRINGS:
                self.node(one.value, other.slots["value"])
            self.same(
                one, "has a format specification", one.format_spec is not None, spec is not None
            )
            if spec is not None:
                self.pieces(one, one.format_spec.values, spec.slots["values"])

    def Constant(self, node, ours):
        self.kind(node, ours)
        value = node.value
        kind = {
            type(None): "None",
            bool: str(value),
            type(Ellipsis): "Ellipsis",
            int: "Int",
            float: "Float",
            complex: "Complex",
            str: "Str",
            bytes: "Bytes",
        }[type(value)]
        self.same(node, "kind of constant", kind, ours.op)
        if kind == "Int":
            fits = value < 2**63
            self.same(node, "value", f"={value}" if fits else None, ours.value)
        if kind == "Str":
            expected = value.encode("utf-8", "surrogatepass").hex()
            if ours.value is not None or not self.may_lack_value(value, node):
                self.same(node, "value", expected, ours.value)

    def may_lack_value(self, value, node):
        # Text with \N{…}, or with a lone surrogate, which has no UTF-8.
        lines = self.lines[node.lineno - 1 : node.end_lineno]
        return any("\ud800" <= c <= "\udfff" for c in value) or any(
            b"\\N" in line for line in lines
        )

    def Attribute(self, node, ours):
        slots = self.kind(node, ours)
        self.same(node, "name", node.attr, ours.name)
        self.node(node.value, slots["value"])

    def Subscript(self, node, ours):
        slots = self.kind(node, ours)
        self.node(node.value, slots["value"])
        self.node(node.slice, slots["slice"])

    def Starred(self, node, ours):
        self.node(node.value, self.kind(node, ours)["value"])

    def Name(self, node, ours):
        self.kind(node, ours)
        self.same(node, "name", node.id, ours.name)
        self.same(node, "name's place", self.begin(node), ours.name_begin)

    def List(self, node, ours):
        self.each(node, "items", node.elts, self.kind(node, ours, "ListLiteral")["items"])

    def Tuple(self, node, ours):
        # Before 3.9 the slice's tuple had other positions; no such interpreter is asked.
        self.each(node, "items", node.elts, self.kind(node, ours)["items"])

    def Slice(self, node, ours):
        slots = self.kind(node, ours)
        for slot in ("lower", "upper", "step"):
            self.optional(node, slot, getattr(node, slot), slots.get(slot))

    # -- definitions

    def arguments(self, node, ours):
        self.same(node, "kind", "Arguments", ours.kind)
        expected = []
        positional = node.posonlyargs + node.args
        defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
        for i, (arg, default) in enumerate(zip(positional, defaults)):
            kind = "PositionalOnly" if i < len(node.posonlyargs) else "Positional"
            expected.append((kind, arg, default))
        if node.vararg:
            expected.append(("VarPositional", node.vararg, None))
        for arg, default in zip(node.kwonlyargs, node.kw_defaults):
            expected.append(("KeywordOnly", arg, default))
        if node.kwarg:
            expected.append(("VarKeyword", node.kwarg, None))
        items = ours.slots["parameters"].items
        self.same(node, "number of parameters", len(expected), len(items))
        for (kind, arg, default), item in zip(expected, items):
            self.same(arg, "kind of parameter", kind, item.op)
            self.same(arg, "name", arg.arg, item.name)
            self.same(arg, "name's place", self.begin(arg), item.name_begin)
            self.optional(arg, "annotation", arg.annotation, item.slots.get("annotation"))
            self.optional(arg, "default", default, item.slots.get("default_value"))

    def type_parameter(self, node, ours):
        slots = self.kind(node, ours, "TypeParameter")
        self.same(node, "kind", type(node).__name__, ours.op)
        self.same(node, "name", node.name, ours.name)
        self.optional(node, "bound", getattr(node, "bound", None), slots.get("bound"))
        default = getattr(node, "default_value", None)
        self.optional(node, "default", default, slots.get("default_value"))

    TypeVar = TypeVarTuple = ParamSpec = type_parameter
