"""The oracle that tells needless refusals knows dependent loops from independent ones."""

import brute_force
import grammar
import pytest


def judge(loop):
    program = grammar.program(loop, "module", 2)
    return brute_force.needlessly_refused(program, sorted(grammar.words_of(program.text)))


@pytest.mark.parametrize(
    "loop",
    [
        "for u in ITEMS:\n    t = fetch(u)",
        "for u in TWICE:\n    rows.append(fetch(u))\n    n += 1",
        'for u in ITEMS:\n    print(n)\n    if u == "c": raise ValueError(u)\n    s += fetch(u)',
        "rows.append([fetch(u) for u in ITEMS])",
        "for u in pages():\n    t = fetch(u)",
        "for u in failing():\n    print(fetch(u))",
    ],
)
def test_independent(loop):
    assert judge(loop) is True


@pytest.mark.parametrize(
    "loop",
    [
        "for u in ITEMS:\n    t = fetch(t)",
        "for u in ITEMS:\n    n += 1\n    store(u)",
        "for u in ITEMS:\n    t = counted(u)",
        "for u in ITEMS:\n    t = noted(u)",
        "for u in ITEMS:\n    t = moded(u)\n    switch(u)",
        'for u in ITEMS:\n    os.environ["HTTP_PROXY"] = u\n    t = fetch(u)',
        "for u in ITEMS:\n    t = told(u)",
        "for u in ITEMS:\n    print(u)\n    save(u)",
        "for u in noisy():\n    t = fetch(u)",
        'for u in it:\n    t = fetch(u)\n    if u == "b": break',
    ],
)
def test_dependent(loop):
    assert judge(loop) is False


def test_not_judged():
    assert judge("for u in ITEMS:\n    pair = filled(pair)") is None
