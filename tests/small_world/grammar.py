"""Small loops, enumerated.

A loop is a source and a body of one to four statements out of an alphabet, some of them wrapped in
a compound statement. Names are always the same, so two loops that differ only by renaming are one
text. A program is a loop in a context, with what it needs around it.
"""

import itertools
import random

from alphabet import (
    CHEAP,
    CONDITIONS,
    COSTLY,
    DISPLAYS,
    ELEMENTS,
    IN_FUNCTIONS,
    SOURCES,
    USES,
    WRAPPERS,
    shifted,
    wrapped,
)
from composition import Program, program, words_of
from surroundings import CONTEXTS

__all__ = ["CONTEXTS", "Program", "enumerate_loops", "program", "programs", "words_of"]


def for_loop(source, blocks):
    return "for " + source + ":\n    " + "\n    ".join(shifted(b, "    ") for b in blocks)


def bodies(random_source, size):
    """An endless stream of bodies of `size` statements with something costly."""
    while True:
        statements = [
            random_source.choice(COSTLY if random_source.random() < 0.4 else CHEAP)
            for _ in range(size)
        ]
        if any(each in COSTLY for each in statements):
            yield wrap_some(random_source, statements)


def wrap_some(random_source, statements):
    if random_source.random() < 0.5:
        return statements
    first = random_source.randrange(len(statements))
    last = random_source.randrange(first, len(statements)) + 1
    around = wrapped(random_source.choice(WRAPPERS), statements[first:last])
    return [*statements[:first], around, *statements[last:]]


def loops():
    """Every loop of one statement, every pair without a wrapper, then a fixed draw of the rest."""
    for source in SOURCES:
        for statement in COSTLY:
            yield for_loop(source, [statement])
            for wrapper in WRAPPERS:
                yield for_loop(source, [wrapped(wrapper, [statement])])
    draw = random.Random(1)
    pairs = [
        (a, b) for a, b in itertools.product(COSTLY + CHEAP, repeat=2) if a in COSTLY or b in COSTLY
    ]
    for number, (a, b) in enumerate(pairs):
        sources = (SOURCES[0], SOURCES[number % len(SOURCES)], draw.choice(SOURCES))
        for source in dict.fromkeys(sources):
            yield for_loop(source, [a, b])
    streams = [bodies(draw, size) for size in (2, 3, 3, 4)]
    while True:
        for stream in streams:
            blocks = next(stream)
            source = SOURCES[0] if draw.random() < 0.3 else draw.choice(SOURCES)
            if draw.random() < 0.1:
                blocks = [*blocks, draw.choice(IN_FUNCTIONS)]
            yield for_loop(source, blocks)


def comprehensions():
    draw = random.Random(2)
    everything = list(itertools.product(DISPLAYS, ELEMENTS, CONDITIONS, USES))
    draw.shuffle(everything)
    for number, (display, element, condition, use) in enumerate(everything):
        source = SOURCES[0] if number % 3 == 0 else SOURCES[number % len(SOURCES)]
        text = display.replace("S", "\0", 1) if "S" in display else display
        text = text.replace("E", element).replace("\0", source + condition)
        yield use.replace("@", text)


def fits(loop, context):
    if "return" in loop:
        return CONTEXTS[context][0]
    if ":=" in loop and context == "class body":
        return False  # not Python
    return context not in ("else", "generator") or (
        loop.startswith("for ") and "for v in" not in loop
    )


def enumerate_loops():
    """Distinct loops with the contexts they are tried in and the choices of their programs."""
    draw = random.Random(3)
    seen = set()
    waiting = []  # contexts not yet used in this round
    streams = itertools.chain.from_iterable(
        itertools.zip_longest(loops(), itertools.islice(loops(), 40_000, None), comprehensions())
    )
    for loop in streams:
        if loop is None or loop in seen:
            continue
        seen.add(loop)
        if not waiting:
            waiting = list(CONTEXTS)
            draw.shuffle(waiting)
        context = next((each for each in waiting if fits(loop, each)), None)
        if context is None:
            continue
        waiting.remove(context)
        yield loop, context, draw.randrange(64)


def programs(count, part=0, parts=1):
    """The programs of the first `count` loops, or of every `parts`th of them."""
    chosen = itertools.islice(enumerate_loops(), part, count, parts)
    return (program(loop, context, bits) for loop, context, bits in chosen)
