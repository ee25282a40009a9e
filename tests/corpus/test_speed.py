"""The figures of speeds. No time is measured here."""

import speed


def test_sums():
    assert speed.sums([]) == {"scripts": 0}
    assert speed.sums([0.5, 1.0, 4.0, 9.0]) == {
        "scripts": 4,
        "median": 2.5,
        "twice as fast": 2,
        "slower": 1,
    }
