"""Random programs, and small mutations of real ones: what stands between Python and not Python.

About a third of the random programs compile. New syntax is used from the version on that has it.
"""

import ast
import io
import sys
import tokenize

BINARY = "+ - * / // % @ ** << >> & | ^".split()
COMPARE = ["<", ">", "==", "!=", "<=", ">=", "in", "not in", "is", "is not"]
AUGMENTED = "+= -= *= /= //= %= @= &= |= ^= >>= <<= **=".split()
ATOMS = (
    'a b c x 1 2.5 "s" None True ... 0x1f 1j _ print type match case f"{a}" b"x" 0_1.5e3'.split()
)
STRINGS = ['"a" "b"', '"a" f"{b}" "c"', 'r"\\d" "\\n"', 'b"a" b"b"', 'u"a"']
TARGETS = [
    "x", "a.b", "a[0]", "x, y", "(x, y)", "[x, y]", "*x, y", "(x)", "(a.b)", "x,", "f(a).b",
    "()", "*(a, b), c", "*[a], b",
]  # fmt: skip
INSERTED = (
    "yield await * ** , ( ) [ ] { } : = := lambda if else for in not async return x 1 "
    '"s" None . ... @ -> | / + - ~ and or is print match case type break continue del as except '
    'try with b"s" global while import from ; _ f"{x!r:>{y}}" != <> $ ` \\ #c 0x1 1_0 07 1j class '
    "def raise assert pass finally elif == += True"
).split() + ["\n"]


class Programs:
    """Random programs; `random` is a random.Random."""

    def __init__(self, random):
        self.random = random

    def pick(self, *choices):
        chosen = self.random.choice(choices)
        return chosen() if callable(chosen) else chosen

    def several(self, most, make, separator=", ", least=0):
        count = self.random.randrange(least, most + 1)
        return separator.join(make() for _ in range(count))

    def expression(self, depth):
        if depth <= 0:
            return self.pick(*ATOMS)
        e = lambda: self.expression(depth - 1 - self.random.randrange(2))  # noqa: E731
        pick, inner = self.pick, depth - 1
        return pick(
            *[lambda: f"{e()} {pick(*BINARY)} {e()}"] * 6,
            lambda: f"{pick('-', '+', '~', 'not ', 'await ')}{e()}",
            lambda: f"{e()} {pick('and', 'or')} {e()}",
            lambda: f"{e()} {pick(*COMPARE)} {e()}",
            lambda: f"({e()})",
            lambda: f"{e()} if {e()} else {e()}",
            lambda: f"lambda {self.lambda_parameters(inner)}: {e()}",
            lambda: f"{e()}.{pick('a', 'print', 'match', 'type', 'x')}",
            lambda: f"{e()}[{self.index(inner)}]",
            *[lambda: f"{e()}({self.arguments(inner)})"] * 2,
            lambda: f"[{self.items(inner)}]",
            lambda: f"({self.items(inner)})",
            lambda: f"{{{self.items(inner)}}}",
            lambda: self.dictionary(inner),
            lambda: f"[{e()} {self.clauses(inner)}]",
            lambda: f"({e()} {self.clauses(inner)})",
            lambda: f"{{{e()}: {e()} {self.clauses(inner)}}}",
            lambda: f"(x := {e()})",
            lambda: self.f_string(e),
            lambda: f"*{e()}",
            lambda: f"(yield {e()})",
            lambda: f"(yield from {e()})",
            lambda: pick(*STRINGS),
            lambda: f"{e()}\\\n {pick('+', 'and', 'if a else')} {e()}",
            lambda: f"(\n{e()} # c\n)",
        )

    def f_string(self, e):
        if sys.version_info < (3, 12):
            return self.pick('f"{a!r:>{b}}{c=}"', "f'{a[0]:%H:%M}'", 'f"{{}}{a}"')
        field = lambda: (  # noqa: E731
            "{"
            + e()
            + self.pick("", "!r", "=", ":>10", ":=3", ":{a}", "!s:{a}.{b}", " = !r:^2")
            + "}"
        )
        return 'f"' + self.several(3, lambda: self.pick("t", "{{", "}}", field), "") + '"'

    def dictionary(self, depth):
        e = lambda: self.expression(depth)  # noqa: E731
        item = lambda: self.pick(lambda: f"{e()}: {e()}", lambda: f"**{e()}")  # noqa: E731
        return "{" + self.several(3, item) + self.pick("", ",") + "}"

    def index(self, depth):
        e = lambda: self.expression(depth)  # noqa: E731
        parts = [
            e,
            e,
            lambda: f"{e()}:{e()}",
            ":",
            lambda: f"{e()}:",
            lambda: f":{e()}:{e()}",
            "::",
        ]
        if sys.version_info >= (3, 11):
            parts.append(lambda: f"*{e()}")
        return self.several(2, lambda: self.pick(*parts), least=1) + self.pick("", "", "", ",")

    def arguments(self, depth):
        e = lambda: self.expression(depth)  # noqa: E731
        one = lambda: self.pick(  # noqa: E731
            e, e, lambda: f"*{e()}", lambda: f"**{e()}", lambda: f"x := {e()}",
            lambda: f"k{self.random.randrange(3)}={e()}",
        )  # fmt: skip
        return self.several(3, one) + self.pick("", "", "", ",", lambda: " " + self.clauses(depth))

    def items(self, depth):
        e = lambda: self.expression(depth)  # noqa: E731
        one = lambda: self.pick(e, e, lambda: f"*{e()}", lambda: f"x := {e()}")  # noqa: E731
        return self.several(3, one) + self.pick("", "", ",")

    def clauses(self, depth):
        e = lambda: self.expression(depth)  # noqa: E731
        targets = ("x", "x, y", "(x, y)", "x, *y", "[x]", "a.b", "a[0]")
        condition = lambda: f" if {e()}"  # noqa: E731
        clause = lambda: (  # noqa: E731
            f"{self.pick('', '', '', 'async ')}for {self.pick(*targets)} in {e()}"
            + self.several(2, condition, "")
        )
        return self.several(2, clause, " ", least=1)

    def lambda_parameters(self, depth):
        e = lambda: self.expression(depth)  # noqa: E731
        one = lambda: self.pick(  # noqa: E731
            "a", "b", "c", "x", "/", "*", "*args", "**kw", lambda: f"y={e()}", lambda: f"z={e()}"
        )
        return self.several(4, one)

    def pattern(self, depth):
        if depth <= 0:
            return self.pick(
                "x", "y", "_", "1", "-1", "1+2j", '"s"', "None", "a.b", "-1.5", '"a" "b"'
            )
        p = lambda: self.pattern(depth - 1)  # noqa: E731
        number = lambda: self.random.randrange(9)  # noqa: E731
        key = lambda: self.pick(  # noqa: E731
            lambda: f'"k{number()}": {p()}', lambda: f"-1: {p()}", lambda: f"a.b: {p()}", "**rest"
        )
        item = lambda: self.pick(p, p, "*r", "*_")  # noqa: E731
        argument = lambda: self.pick(p, lambda: f"k{number()}={p()}")  # noqa: E731
        return self.pick(
            p,
            lambda: f"{p()} | {p()}",
            lambda: f"({p()})",
            lambda: f"[{self.several(3, item)}]",
            lambda: f"({p()}, {p()},)",
            lambda: f"({p()},)",
            lambda: f"{p()} as n{number()}",
            lambda: "{" + self.several(2, key) + "}",
            lambda: f"C({self.several(2, argument)})",
            lambda: f"m.C({p()})",
            "()",
        )

    def type_parameters(self):
        if sys.version_info < (3, 12):
            return ""
        e = lambda: self.expression(2)  # noqa: E731
        ones = ["T", "U", "*Ts", "**P", lambda: f"V: {e()}"]
        if sys.version_info >= (3, 13):
            ones += [lambda: f"W = {e()}", lambda: f"X: {e()} = {e()}", lambda: f"*Y = {e()}"]
        return f"[{self.several(3, lambda: self.pick(*ones), least=1)}{self.pick('', ',')}]"

    def block(self, depth):
        text = "".join(self.statement(depth - 1) for _ in range(self.random.randrange(1, 3)))
        return indented(text)

    def statement(self, depth):
        e = lambda: self.expression(self.random.randrange(3))  # noqa: E731
        t = lambda: self.pick(*TARGETS, e)  # noqa: E731
        pick, items = self.pick, lambda: self.items(1)
        simple = [
            lambda: f"{e()}\n",
            lambda: f"{t()} = {e()}\n",
            lambda: f"{t()} = {t()} = {pick(e, items, 'yield')}\n",
            lambda: f"{t()} {pick(*AUGMENTED)} {pick(e, items)}\n",
            lambda: f"{t()}: {e()}{pick('', lambda: ' = ' + e())}\n",
            lambda: f"return {pick(e, items, '')}\n",
            lambda: f"del {t()}\n",
            lambda: f"raise {pick('', e, lambda: e() + ' from ' + e())}\n",
            lambda: f"assert {e()}{pick('', lambda: ', ' + e())}\n",
            lambda: pick("import a.b as c, d\n", "from .a import (b as c, d,)\n", "import a . b\n"),
            lambda: pick("pass\n", "break\n", "continue\n", "global g, h\n", "pass; pass;\n"),
            lambda: f"{e()}; {e()}\n",
            lambda: f"{pick('type', 'match', 'case', 'print')}{pick('(a)', '.a', '[0]', ' = 1')}\n",
        ]
        if sys.version_info >= (3, 12):
            simple.append(lambda: f"type X{pick('', self.type_parameters)} = {e()}\n")
        if depth <= 0:
            return pick(*simple)
        b = lambda: self.block(depth)  # noqa: E731
        otherwise = lambda: pick("", lambda: f"else:\n{b()}")  # noqa: E731
        compound = [
            lambda: (
                f"if {pick(e, lambda: 'x := ' + e())}:\n{b()}"
                + self.several(1, lambda: f"elif {e()}:\n{b()}", "")
                + otherwise()
            ),
            lambda: f"{pick('', 'async ')}for {t()} in {pick(e, items)}:\n{b()}{otherwise()}",
            lambda: f"while {e()}:\n{b()}{otherwise()}",
            lambda: f"{pick('', '', 'async ')}with {self.with_items(e, t)}:\n{b()}",
            lambda: self.try_statement(e, b),
            lambda: self.function(e, depth),
            lambda: (
                f"class C{pick('', self.type_parameters)}"
                f"{pick('', lambda: '(' + self.arguments(2) + ')')}:\n{b()}"
            ),
            lambda: f"if {e()}: {e()}; {e()}\n",
        ]
        if sys.version_info >= (3, 10):
            compound.append(lambda: self.match(e, items, b))
        return pick(*simple, *compound)

    def with_items(self, e, t):
        return self.pick(
            e,
            lambda: f"{e()} as {t()}",
            lambda: f"{e()}, {e()} as x",
            lambda: f"({e()} as x, {e()} as y,)",
            lambda: f"({e()}, {e()})",
            lambda: f"({e()}) as x",
            lambda: f"({e()}, {e()}) as x",
        )

    def try_statement(self, e, b):
        stars = ("", "", " *") if sys.version_info >= (3, 11) else ("",)
        handler = lambda: (  # noqa: E731
            f"except{self.pick(*stars)} {self.pick('', e, lambda: e() + ' as x', '(A, B)')}:\n{b()}"
        )
        ending = self.pick("", lambda: f"else:\n{b()}") + self.pick("", lambda: f"finally:\n{b()}")
        return f"try:\n{b()}{self.several(2, handler, '')}{ending}"

    def function(self, e, depth):
        parameter = lambda: self.pick(  # noqa: E731
            "a", "/", "*", "*args", "**kw: int", "e=1", lambda: "b: " + e(), lambda: "c=" + e(),
            lambda: f"d: {e()} = {e()}",
        )  # fmt: skip
        decorator = lambda: f"@{e()}\n"  # noqa: E731
        return (
            self.several(1, decorator, "")
            + f"{self.pick('', 'async ')}def f{self.pick('', self.type_parameters)}"
            + f"({self.several(3, parameter)}){self.pick('', lambda: ' -> ' + e())}:\n"
            + self.block(depth)
        )

    def match(self, e, items, b):
        pattern = lambda: self.pick(  # noqa: E731
            lambda: self.pattern(2), lambda: self.pattern(3), lambda: self.pattern(1) + ",", "*r, x"
        )
        case = lambda: indented(  # noqa: E731
            f"case {pattern()}{self.pick('', '', lambda: ' if ' + e())}:\n{b()}"
        )
        subject = self.pick(e, items, "(x)", "[a]", "-x", "x,")
        return f"match {subject}:\n{self.several(2, case, '', least=1)}"

    def program(self):
        body = "".join(self.statement(2) for _ in range(self.random.randrange(1, 3)))
        return self.pick(
            body,
            "async def F():\n" + indented(body),
            "def F():\n" + indented(body),
            "for q in z:\n" + indented(body),
        )


def indented(text):
    return "".join(f"  {line}\n" for line in text.splitlines())


def top_level_statements(text, most_lines=30):
    """The short statements of a module, as they are written."""
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if node.end_lineno - node.lineno < most_lines:
            yield "".join(lines[node.lineno - 1 : node.end_lineno])


def mutated(text, random):
    """The text with one or two tokens dropped, doubled, moved or put in; None if it has too few."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, tokenize.TokenError):
        return None
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    spans = [
        (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1])
        for token in tokens
        if token.string.strip()
    ]
    if len(spans) < 2:
        return None
    for _ in range(random.choice([1, 1, 1, 2])):
        (begin, end), (other, other_end) = random.choice(spans), random.choice(spans)
        new = random.choice([text[other:other_end], random.choice(INSERTED)])
        where = random.choice(["drop", "replace", "before", "behind"])
        if where == "drop":
            text = text[:begin] + text[end:]
        elif where == "replace":
            text = text[:begin] + new + text[end:]
        elif where == "before":
            text = text[:begin] + new + " " + text[begin:]
        else:
            text = text[:end] + " " + new + text[end:]
    return text
