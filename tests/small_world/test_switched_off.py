"""Each class of edges and each condition of the rule is needed: without it programs differ."""

import grammar
import pytest
import switched_off

PROGRAMS = 10_000
STEP = 29


@pytest.fixture(scope="session")
def sample():
    programs = list(grammar.programs(PROGRAMS * STEP, 0, STEP))
    return programs, switched_off.ask_all(programs)


NOTICED = [names for names in switched_off.GROUPS if names not in switched_off.UNNOTICED]


@pytest.mark.parametrize("names", NOTICED, ids=" and ".join)
def test_the_sample_fails_without(names, sample):
    noticed, changed = switched_off.first_noticed(*sample, names)
    assert noticed is not None, f"{changed} programs were rewritten otherwise, and none differs"


def test_every_class_is_switched_off(sample):
    classes = {name for answer in sample[1] for name in answer["edges"]}
    tested = {name for group in switched_off.GROUPS for name in group}
    assert classes | set(switched_off.CONDITIONS) == tested
