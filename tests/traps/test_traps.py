"""A sample of the traps: what Braid makes of them does the same, but for those that are known not to.

With BRAID_ALL_TRAPS=1 all of them.
"""

import os
import pathlib

import pytest
import traps

KNOWN = set((pathlib.Path(__file__).parent / "known.txt").read_text(encoding="utf-8").split())
PARTS = 8
ONE_IN = 1 if os.environ.get("BRAID_ALL_TRAPS") else 4


def test_names_are_told_apart():
    names = [program.name for program in traps.programs()]
    assert len(names) == len(set(names)) > 4_000
    assert KNOWN <= set(names)


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_made_of_them_does_the_same(part):
    sample = traps.programs()[part :: PARTS * ONE_IN]
    answers = {program.name: traps.judge(program) for program in sample if program.name not in KNOWN}
    wrong = [answer for answer in answers.values() if answer not in ("left alone", "same")]
    assert not wrong, "\n".join(wrong)
    # A sample of which little is rewritten shows little.
    assert list(answers.values()).count("same") > len(answers) / 50


@pytest.mark.parametrize("prelude", sorted((pathlib.Path(__file__).parent / "preludes").glob("*.py")))
def test_a_prelude_alone_forbids_nothing(prelude):
    """Else what is left alone after it would show little."""
    loop = """
for i in range(4):
    text = requests.get(f"http://h/{i}-{len(notes)}").text
    print(text)
"""
    lines = (prelude.read_text(encoding="utf-8") + loop).split("\n")
    assert traps.judge(traps.Program("prelude", [], {}, [], "", lines)) == "same"
