"""Which classes of edges, and what else the rule goes by, the small programs would miss.

One group of classes is taken away; every program that Braid then rewrites otherwise is executed.
The group is noticed when one of them differs from its original and was right before.
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
    "tests are sliced",
)
# What is switched off at once. Where two stand together, either alone is enough to refuse what the
# other refuses, and switching one off changes no rewrite that shows.
GROUPS = (
    ("value carried",),
    ("value within",),
    ("object carried",),
    ("object within", "value within"),
    ("private within",),
    ("world carried",),
    ("world within", "world carried"),
    ("ambient carried",),
    ("ambient within", "ambient carried"),
    ("unknown carried",),
    ("unknown within", "unknown carried"),
    ("polling carried",),
    ("operand within",),
    ("test within", "tests are sliced"),
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


def option(names):
    return "+".join(names)


class Noticed:
    """What the programs showed of each group: the first that is wrong without it, and how many
    programs are rewritten otherwise. A group that was noticed is not looked at again."""

    def __init__(self, programs):
        self.first = {}
        self.changed = dict.fromkeys(map(option, GROUPS), 0)
        self.classes = set()  # of edges, seen in any program
        for batch in campaign.batches(programs):
            left = [name for name in self.changed if name not in self.first]
            options = [word for name in left for word in ("--without", name)]
            for program, answer in zip(batch, campaign.ask(batch, options)):
                self.classes.update(answer["edges"])
                self.look(program, answer)

    def look(self, program, answer):
        right = None
        for name, text in answer["otherwise"].items():
            if name in self.first:
                continue
            self.changed[name] += 1
            found = campaign.compare(program, text)
            if not found:
                continue
            if right is None:
                right = not (answer["text"] and campaign.compare(program, answer["text"]))
            if right:
                self.first[name] = found[0]
