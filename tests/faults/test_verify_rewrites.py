"""`verify` tells wrong rewritings from right ones.

VERIFY_REWRITES=all runs every case with all orders (the full bar); else each case once, quickly.
"""

import os

import pytest
import verify_rewrites
from verify_room import Folder

ALL = os.environ.get("VERIFY_REWRITES") == "all"
OPTIONS = [] if ALL else ["--quick"]


def named(cases):
    return [pytest.param(*case[1:], id=case[0]) for case in cases]


@pytest.mark.parametrize(("original", "rewritten"), named(verify_rewrites.WRONG))
def test_wrong_ones_are_different(original, rewritten):
    with Folder() as folder:
        answer = folder.verify(original, rewritten, *OPTIONS, stdin=verify_rewrites.STDIN_BYTES)
    assert answer.status == 1, answer.text + answer.errors
    assert answer.one("same") == "false"
    assert answer.differences or any(same == "false" for _, _, same, _, _ in answer.refutations)


@pytest.mark.parametrize(("original", "rewritten"), named(verify_rewrites.RIGHT))
def test_right_ones_are_the_same(original, rewritten):
    with Folder() as folder:
        answer = folder.verify(original, rewritten, *OPTIONS, stdin=verify_rewrites.STDIN_BYTES)
    assert answer.status == 0, answer.text + answer.errors
    assert answer.one("same") == "true"
    assert not answer.differences


@pytest.mark.parametrize("sandbox", ["overlay", "copy"])
def test_both_sandboxes_run_every_order(sandbox):
    cases = {name: case for name, *case in verify_rewrites.RIGHT}
    with Folder() as folder:
        answer = folder.verify(*cases["processes, in order"], "--sandbox", sandbox, "--runs", "1")
    assert answer.status == 0, answer.text + answer.errors
    assert answer.one("sandbox") == sandbox
    methods = {method for order, method, _, _, _ in answer.refutations if order == "reversed"}
    assert methods == {"fork", "forkserver", "spawn"}
    orders = {order for order, _, _, _, _ in answer.refutations}
    assert {"shuffled 1", "shuffled 2", "one worker", "many workers"} <= orders
