"""Which refused loops were refused without need.

The oracle looks at the program alone. One costly call of the loop is made ahead, for all iterations
at once and in several orders, in the state that the first one finds; the loop then finds the
outcomes in place. The refusal was needless when nothing ever differs, without a fault and with a
fault at each point, and when what the call is asked does not depend on what earlier calls of it
answered. Nobody knows the items ahead of asking for them: all are asked for before the first
iteration.
"""

import ast
import itertools

import execution
import stand_ins
from execution import Setting

COSTLY_NAMES = {
    "fetch", "load", "checked", "save", "save_first", "store", "noted", "ended", "moded", "counted",
    "surrounded", "told", "made", "kept", "filled", "weigh", "weigh_mode", "weigh_pair", "deep",
    "picky",
}  # fmt: skip
COSTLY_METHODS = {"get", "fetch", "count", "keep"}
MOST_ORDERS = 6
MOST_POINTS = 8
MOST_ITEMS = 50
HOOK = "__costly__"
SOURCE = "__items_ahead__"


def is_costly(node):
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in COSTLY_NAMES
    return (
        isinstance(function, ast.Attribute)
        and function.attr in COSTLY_METHODS
        and isinstance(function.value, ast.Name)
        and function.value.id in ("requests", "box")
    )


class Hooked(ast.NodeTransformer):
    """The `number`th costly call of the loop goes through the hook."""

    def __init__(self, number):
        self.number, self.met, self.inside = number, 0, 0

    def loop(self, node):
        self.inside += 1
        clause = node if isinstance(node, ast.For) else node.generators[0]
        names = {each.id for each in ast.walk(clause.target) if isinstance(each, ast.Name)}
        if "u" in names:
            ahead = ast.copy_location(ast.Name(SOURCE, ast.Load()), clause.iter)
            clause.iter = ast.copy_location(ast.Call(ahead, [clause.iter], []), clause.iter)
        node = self.generic_visit(node)
        self.inside -= 1
        return node

    visit_For = visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = loop

    def visit_FunctionDef(self, node):
        return node if node.name in COSTLY_NAMES | {"keep", "make"} else self.generic_visit(node)

    def visit_ClassDef(self, node):
        return node if node.name == "Box" else self.generic_visit(node)

    def visit_Call(self, node):
        if not self.inside or not is_costly(node):
            return self.generic_visit(node)
        self.met += 1
        if self.met - 1 != self.number:
            return self.generic_visit(node)
        hook = ast.copy_location(ast.Name(HOOK, ast.Load()), node)
        return ast.copy_location(ast.Call(hook, [node.func, *node.args], node.keywords), node)


def hooked_code(text, number):
    """The program with one call hooked, or None when it has no such call."""
    hooked = Hooked(number)
    tree = ast.fix_missing_locations(hooked.visit(ast.parse(text)))
    return compile(tree, "world.py", "exec") if hooked.met > number else None


def is_plain(value):
    if isinstance(value, (list, tuple)):
        return isinstance(value, tuple) and all(map(is_plain, value))
    return value is None or isinstance(value, (str, int, float, bytes))


def items_ahead(items):
    """Asks for every item now; hands on what it got, then what stopped it."""
    got, problem = [], None
    try:
        for item in items:
            got.append(item)
            if len(got) > MOST_ITEMS:
                break  # without an end: the rest is asked for in its turn
    except Exception as error:
        problem = error.with_traceback(None)

    def hand_on():
        yield from got
        if problem is not None:
            raise problem
        if len(got) > MOST_ITEMS:
            yield from items

    return hand_on()


class Recorder:
    """Makes each call in its turn, and remembers what it was asked."""

    def __init__(self, salt=None):
        self.salt = salt
        self.asked = []
        self.judged = True

    def __call__(self, function, *arguments, **keywords):
        named = tuple(sorted(keywords.items()))
        self.judged = self.judged and is_plain(arguments) and is_plain(tuple(keywords.values()))
        self.asked.append((arguments, named))
        if self.salt is None:
            return function(*arguments, **keywords)
        before, stand_ins.salt = stand_ins.salt, self.salt
        try:
            return function(*arguments, **keywords)
        finally:
            stand_ins.salt = before


class Ahead:
    """Makes all calls at the first one, in an order, and gives out what became of them."""

    def __init__(self, asked, order):
        self.asked, self.order = asked, order
        self.outcomes = None
        self.turn = 0

    def __call__(self, function, *arguments, **keywords):
        if self.outcomes is None:
            self.outcomes = {}
            for number in self.order:
                given, named = self.asked[number]
                try:
                    self.outcomes[number] = (function(*given, **dict(named)), None)
                except Exception as error:
                    self.outcomes[number] = (None, error.with_traceback(None))
        number = self.turn
        self.turn += 1
        if number not in self.outcomes:
            return function(*arguments, **keywords)
        value, error = self.outcomes[number]
        if error is not None:
            raise error
        return value


def run(code, hook, ours, fault=None, source=iter):
    execution.extra_builtins[HOOK] = hook
    execution.extra_builtins[SOURCE] = source
    return execution.execute(code, Setting(fault=fault), ours)


def may_be_made_ahead(code, ours):
    """True, False, or None when this oracle cannot tell."""
    recorder = Recorder()
    plain = run(code, recorder, ours)
    asked = recorder.asked
    if plain.endless or not recorder.judged or len(asked) < 2:
        return None
    other = Recorder(salt="z")
    run(code, other, ours)
    if other.asked != asked:
        return False
    numbers = range(len(asked))
    orders = list(itertools.islice(itertools.permutations(numbers), 1, MOST_ORDERS))
    orders.append(tuple(reversed(numbers)))
    for order in orders:
        if run(code, Ahead(asked, order), ours, None, items_ahead).differences(plain):
            return False
    for fault in plain.points[:MOST_POINTS]:
        expected = run(code, Recorder(), ours, fault)
        got = run(code, Ahead(asked, orders[-1]), ours, fault, items_ahead)
        if got.differences(expected):
            return False
    return True


def needlessly_refused(program, ours):
    """Whether some costly call of the loop could have been made ahead; None: not judged."""
    judged = False
    for number in range(4):
        code = hooked_code(program.text, number)
        if code is None:
            break
        answer = may_be_made_ahead(code, ours)
        if answer:
            return True
        judged = judged or answer is not None
    return False if judged else None
