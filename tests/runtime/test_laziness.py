"""Results come while the inputs are still being pulled, however slowly those come."""

import time

import braid
import pytest
from braid._batches import BATCH_SECONDS, FIRST, LARGEST_BATCH, Source


def same(number):
    return number


@pytest.mark.parametrize("backend", ["processes", "threads"])
def test_a_slow_source_holds_up_nothing(backend):
    pulled = [0]

    def slow(count):
        for number in range(count):
            time.sleep(0.001)
            pulled[0] = number
            yield number

    with braid.Runner(backend=backend, workers=2) as runner:
        runner.map(same, range(100_000))  # what is known of the function asks for large batches
        results = runner.imap(same, slow(1500))
        assert next(results) == 0
        assert pulled[0] < 1000
        behind = [pulled[0] - number for number in results]
        assert len(behind) == 1499
        assert sorted(behind)[len(behind) // 2] < 1000


def test_the_pace_of_a_source():
    source = Source(range(3))
    assert source.pace == FIRST
    for _ in range(10):
        source.measure(source.pace, 1e-6)
    assert source.pace == LARGEST_BATCH
    source.measure(source.pace, LARGEST_BATCH * 1e-3)
    assert source.pace == int(BATCH_SECONDS / 1e-3)
    source.measure(1, 60.0)
    assert source.pace == 1
    source.measure(0, 0.0)  # its end
    assert source.pace == 1
    assert source.take(2) == ([0, 1], None)
    assert source.take(2) == ([2], None)


def twenty_megabytes(_):
    return bytes(20 << 20)


def test_of_large_results_few_are_on_their_way():
    pulled = [0]

    def numbers():
        for number in range(1, 41):
            pulled[0] = number
            yield number

    ahead = []
    for got, _ in enumerate(
        braid.imap(twenty_megabytes, numbers(), backend="processes", workers=2), start=1
    ):
        time.sleep(0.02)
        ahead.append(pulled[0] - got)
    assert len(ahead) == 40
    assert max(ahead[8:]) <= 4
