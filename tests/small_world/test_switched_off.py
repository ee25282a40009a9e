"""Each class of edges and each condition of the rule is needed: without it programs differ."""

import grammar
import pytest
import switched_off

PROGRAMS = 4_000
STEP = 60


@pytest.fixture(scope="session")
def noticed():
    return switched_off.Noticed(grammar.programs(PROGRAMS * STEP, 0, STEP))


@pytest.mark.parametrize("names", switched_off.GROUPS, ids=" and ".join)
def test_the_sample_fails_without(names, noticed):
    name = switched_off.option(names)
    changed = noticed.changed[name]
    assert name in noticed.first, f"{changed} programs were rewritten otherwise, and none differs"


def test_every_class_is_switched_off(noticed):
    tested = {name for group in switched_off.GROUPS for name in group}
    assert noticed.classes | set(switched_off.CONDITIONS) == tested
