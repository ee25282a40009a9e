"""Which classes of edges, and what else the rule goes by, the small programs would miss.

One class is taken away from the dependence graph; every program that Braid then rewrites otherwise
is executed. A class is noticed when one of them differs from its original and was right before.
"""

import campaign

# What a plan is judged by besides edges (see world_driver_main.cc).
CONDITIONS = (
    "visible",
    "movable",
    "may raise",
    "exits",
    "unusual entry",
    "source may raise",
    "restartable",
    "remedies",
    "slice may raise",
    "results",
)
# What is switched off at once. Where two stand together, either alone is enough to refuse what the
# other refuses, and switching one off changes no rewrite that shows.
GROUPS = (
    ("value carried",),
    ("value within",),
    ("object carried",),
    ("object within", "value within"),
    ("private within", "object carried"),
    ("world carried",),
    ("world within", "world carried"),
    ("ambient carried",),
    ("ambient within", "ambient carried"),
    ("unknown carried",),
    ("unknown within", "unknown carried"),
    ("polling carried",),
    ("operand within",),
    ("test within",),
    ("skip within",),
    ("exits",),
    ("exit carried", "exit within", "exits"),
    ("movable",),
    ("visible", "world carried"),
    ("may raise",),
    ("slice may raise",),
    ("source may raise",),
    ("restartable", "source may raise"),
    ("remedies",),
    ("results",),
    ("unusual entry",),
)


def ask_all(programs, options=()):
    return [
        answer for batch in campaign.batches(programs) for answer in campaign.ask(batch, options)
    ]


def first_noticed(programs, before, names):
    """The first program that is wrong without the classes, and how many programs were changed."""
    changed = 0
    options = [word for name in names for word in ("--without", name)]
    concerned = [
        (program, old)
        for program, old in zip(programs, before)
        if set(names) & set(CONDITIONS) or set(names) & set(old["edges"])
    ]
    for batch in campaign.batches(concerned):
        answers = campaign.ask([program for program, _ in batch], options)
        for (program, old), new in zip(batch, answers):
            if new["text"] is None or new["text"] == old["text"]:
                continue
            changed += 1
            try:
                found = campaign.compare(program, new["text"])
            except SyntaxError:
                return program, changed  # not even Python
            if found and not (old["text"] and campaign.compare(program, old["text"])):
                return found[0], changed
    return None, changed

# Without these, some programs are rewritten otherwise and none of the sample differs: other
# conditions forbid the same. To be told apart by programs of their own.
UNNOTICED = {
    ("unknown carried",),
    ("unknown within", "unknown carried"),
    ("polling carried",),
    ("test within",),
    ("may raise",),
}
