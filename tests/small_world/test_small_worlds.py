"""A sample of the small worlds: no program differs from its original. `make bars` runs them all."""

import campaign
import grammar
import pytest

PARTS = 8
PROGRAMS = 20_000
PROGRAMS_IN_JOBLIB = 8_000
OUT_OF = 240_000
# Workers must not be started there.
NO_POOLS = {"at exit", "generator", "class body"}


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_differs(part):
    tally = campaign.Tally()
    step = OUT_OF // PROGRAMS * PARTS
    for batch in campaign.batches(grammar.programs(OUT_OF, part * (step // PARTS), step)):
        tally.add(campaign.run(batch))
    assert not tally.crashes, tally.crashes[0]
    assert not tally.different, f"{tally.different} differ, such as\n{tally.differences[0]}"
    assert tally.programs == PROGRAMS // PARTS
    # A sample in which little is rewritten shows little.
    assert tally.rewritten > 0.25 * tally.programs, tally.verdicts
    for name in grammar.CONTEXTS:
        if name in NO_POOLS:
            assert tally.contexts_rewritten[name] == 0, name
        else:
            assert tally.contexts_rewritten[name] > 20, name
    kinds = {deal.split(",")[0] for deal in tally.deals}
    assert kinds == {"thread", "process"}
    for kind in ("a helper split", "statements", "several units", "split computes"):
        assert any(kind in deal for deal in tally.deals), tally.deals


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_differs_with_joblib(part):
    tally = campaign.Tally()
    step = OUT_OF // PROGRAMS_IN_JOBLIB * PARTS
    for batch in campaign.batches(grammar.programs(OUT_OF, part * (step // PARTS) + 1, step)):
        tally.add(campaign.run(batch, ("--emit", "joblib")))
    assert not tally.crashes, tally.crashes[0]
    assert not tally.different, f"{tally.different} differ, such as\n{tally.differences[0]}"
    assert tally.programs == PROGRAMS_IN_JOBLIB // PARTS
    # The others are written with concurrent.futures.
    assert tally.in_joblib > 0.1 * tally.programs, tally.deals


def test_loops_are_distinct():
    loops = [loop for loop, _, _ in zip_first(30_000)]
    assert len(set(loops)) == len(loops)


def zip_first(count):
    return [each for _, each in zip(range(count), grammar.enumerate_loops())]
