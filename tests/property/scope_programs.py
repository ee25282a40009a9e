"""Small programs for symtable_comparison.py: from the string literals of a file, and random."""

import ast
import random
import textwrap


def programs_in_strings(text):
    """Line and text of each string literal that could be a program of some interest."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            program = textwrap.dedent(node.value).strip(" ")
            if len(program) > 5 and any(mark in program for mark in "\n=:("):
                yield node.lineno, program


class Maker:
    """Random programs over few names, so that they meet. Wild ones declare names anywhere, which
    Python mostly rejects; the others only where it is allowed."""

    def __init__(self, seed, version, wild):
        self.random = random.Random(seed)
        self.version = version
        self.wild = wild
        self.no_walrus = 0
        self.no_yield = 0
        self.in_comprehension = 0
        self.in_class_body = False
        self.in_function_body = False
        self.parameters_around = []  # of the functions around, the innermost last

    def one_of(self, *choices):
        return self.random.choice(choices)

    def name(self):
        return self.one_of("a", "b", "c", "d", "i", "j", "__p", "__q", "__class__", "super", "x")

    def variable(self):
        return self.random.choice(["a", "b", "c", "d", "__p", "x"])

    def expression(self, depth=3):
        if depth == 0 or self.random.random() < 0.35:
            return self.name()
        inner = depth - 1
        kind = self.random.randrange(14)
        if kind == 0:
            return f"{self.expression(inner)} + {self.expression(inner)}"
        if kind == 1:
            return f"{self.name()}({self.expression(inner)}, k={self.expression(inner)})"
        if kind in (2, 3):
            return f"(lambda {self.parameters(inner, False)}: {self.expression(inner)})"
        if kind in (4, 5, 6, 7):
            return self.comprehension(inner)
        if kind in (8, 9):
            return self.walrus(inner)
        if kind == 10:
            return f"f'{{{self.name()}}} {{{self.name()}!r:{{{self.name()}}}}}'"
        if kind == 11:
            one, test, other = (self.expression(inner) for _ in range(3))
            return f"({one} if {test} else {other})"
        may_yield = not self.no_yield and not self.in_comprehension and self.in_function_body
        if kind == 12 and may_yield and self.random.random() < 0.3:
            return f"(yield {self.expression(inner)})"
        return f"{self.name()}.a[{self.expression(inner)}:{self.name()}]"

    def walrus(self, depth):
        # Python does not allow it in an iterable or in the comprehension of a class body, and looks
        # a private name up unmangled.
        if self.no_walrus or self.in_comprehension and self.in_class_body and not self.wild:
            return self.name()
        if self.random.random() < 0.5:
            return self.name()
        return f"({self.one_of('a', 'b', 'c', 'd', 'x')} := {self.expression(depth)})"

    def annotation(self, depth):
        # Where annotations are deferred, Python takes some of these and not others.
        self.no_walrus += 1
        self.no_yield += 1
        annotation = self.expression(depth)
        self.no_walrus -= 1
        self.no_yield -= 1
        return annotation

    def comprehension(self, depth):
        clauses = ""
        self.in_comprehension += 1
        for _ in range(self.one_of(1, 1, 1, 2)):
            self.no_walrus += 1
            clauses += f" for {self.comprehension_target()} in {self.expression(depth)}"
            self.no_walrus -= 1
            if self.random.random() < 0.3:
                clauses += f" if {self.expression(depth)}"
        element = self.expression(depth)
        form = self.one_of("[{0}{1}]", "({0}{1})", "{{{0}{1}}}", "{{{0}: {2}{1}}}")
        if self.version >= (3, 12):
            # Where these merge the others into a function, `x` of `[0 for x in y]` hides the `x`
            # that a lambda in the function has from further out: NameError, against the language.
            form = "({0}{1})"
        whole = form.format(element, clauses, self.expression(depth))
        self.in_comprehension -= 1
        return whole

    def comprehension_target(self):
        if self.random.random() < 0.1:
            return self.variable()
        return self.one_of("i", "j", "k", "(i, *j)", "[j, e.b]", "i[j]", "__p")

    def target(self):
        return self.one_of(
            self.variable(),
            self.variable(),
            f"({self.variable()}, *{self.variable()})",
            f"[{self.variable()}, {self.name()}.a]",
            f"{self.name()}[{self.name()}]",
        )

    def parameter_names(self):
        return self.random.sample(["a", "b", "c", "d", "__p", "x"], self.random.randrange(4))

    def parameters(self, depth, annotated, names=None):
        names = self.parameter_names() if names is None else names
        parts = []
        for name in names:
            if annotated and self.random.random() < 0.3:
                name += f": {self.annotation(depth)}"
            if parts and "=" in parts[-1] or self.random.random() < 0.3:
                name += f" = {self.expression(depth)}"
            parts.append(name)
        if self.random.random() < 0.2:
            parts.append("*e")
        return ", ".join(parts)

    def type_parameters(self):
        if self.version < (3, 12) or self.random.random() < 0.6:
            return ""
        bound = self.one_of("", f": {self.name()}", f": lambda: {self.name()}")
        # No defaults: the grammar does not know them.
        return self.one_of(f"[T{bound}]", f"[a{bound}, *Ts]", "[b, **P]", f"[__p{bound}]")

    def block(self, depth):
        body = "".join(self.statement(depth) for _ in range(self.random.randrange(1, 5)))
        return textwrap.indent(body, "  ")

    def declarations(self, parameters):
        """What may stand at the head of a function or class body."""
        around = [name for names in self.parameters_around for name in names]
        lines, taken = "", set(parameters)
        for word, names in (("global", ["a", "b", "c", "d", "__p", "x"]), ("nonlocal", around)):
            free = [name for name in names if name not in taken]
            if free and self.random.random() < 0.3:
                name = self.random.choice(free)
                taken.add(name)
                lines += f"  {word} {name}\n"
        return lines

    def function(self, depth):
        names = self.parameter_names()
        decorator = f"@{self.expression(1)}\n" if self.random.random() < 0.2 else ""
        returns = f" -> {self.annotation(1)}" if self.random.random() < 0.2 else ""
        parameters = self.parameters(1, True, names)
        head = f"def {self.variable()}{self.type_parameters()}({parameters})"
        declarations = self.declarations(names)
        around = self.in_class_body, self.in_function_body
        self.in_class_body, self.in_function_body = False, True
        self.parameters_around.append(names)
        body = self.block(depth)
        self.parameters_around.pop()
        self.in_class_body, self.in_function_body = around
        return f"{decorator}{head}{returns}:\n{declarations}{body}"

    def class_definition(self, depth):
        decorator = f"@{self.expression(1)}\n" if self.random.random() < 0.2 else ""
        bases = f"({self.expression(1)}, k={self.expression(1)})"
        # Early releases of 3.12 mangle with the name of a generic class far outside it.
        type_parameters = self.type_parameters() if self.version > (3, 12) else ""
        head = f"class {self.one_of('C', '_D', '__E', 'a')}{type_parameters}"
        bases = self.one_of("", bases)
        around = self.in_class_body, self.in_function_body
        self.in_class_body, self.in_function_body = True, False
        body = self.declarations([]) + self.block(depth)
        self.in_class_body, self.in_function_body = around
        return f"{decorator}{head}{bases}:\n{body}"

    def statement(self, depth):
        if depth == 0:
            return self.simple_statement()
        inner = depth - 1
        kind = self.random.randrange(12)
        if kind in (0, 1, 2, 3):
            return self.function(inner)
        if kind in (4, 5):
            return self.class_definition(inner)
        if kind == 6:
            body, other = self.block(inner), self.block(inner)
            return f"for {self.target()} in {self.expression(2)}:\n{body}else:\n{other}"
        if kind == 7:
            handler = f"except {self.name()} as {self.variable()}:\n{self.block(inner)}"
            return f"try:\n{self.block(inner)}{handler}finally:\n{self.block(inner)}"
        if kind == 8:
            return f"with {self.expression(2)} as {self.target()}:\n{self.block(inner)}"
        if kind == 9 and self.version >= (3, 10):
            one, two, three = self.random.sample(["a", "b", "c", "d"], 3)
            pattern = self.one_of(
                f"[{one}, *{two}]",
                f"{{1: {one}, **{two}}}",
                f"C({one}, k={two})",
                f"([{one}] | [{one}, _]) as {three}",
                f"{one}.a",
            )
            return (
                f"match {self.expression(1)}:\n  case {pattern} if {self.expression(1)}:\n"
                + textwrap.indent(self.block(inner), "  ")
            )
        return self.simple_statement()

    def simple_statement(self):
        kind = self.random.randrange(17)
        if kind == 0 and self.wild:
            return f"{self.one_of('global', 'nonlocal')} {self.variable()}\n"
        if kind in (2, 3):
            return f"{self.target()} = {self.expression()}\n"
        if kind == 4:
            return f"{self.variable()} += {self.expression()}\n"
        if kind == 5:
            value = self.one_of("", f" = {self.expression(1)}")
            target = self.one_of(self.variable(), f"({self.variable()})", f"{self.name()}.a")
            return f"{target}: {self.annotation(2)}{value}\n"
        if kind == 6:
            return f"del {self.target().replace('*', '')}\n"
        if kind == 7:
            return self.one_of(
                f"import {self.variable()}.b\n",
                f"import a.b as {self.variable()}\n",
                f"from a import b as {self.variable()}, {self.variable()}\n",
            )
        if kind == 8 and self.version >= (3, 12):
            return f"type {self.variable()}{self.type_parameters()} = {self.annotation(2)}\n"
        if kind == 9 and self.wild:
            return "from a import *\n"
        return f"{self.expression()}\n"


def random_programs(count, version):
    for seed in range(count):
        maker = Maker(seed, version, seed % 4 == 0)
        future = "from __future__ import annotations\n" if seed % 5 == 0 else ""
        yield future + "".join(maker.statement(3) for _ in range(maker.random.randrange(1, 6)))
