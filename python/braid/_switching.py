"""How often threads ask for the GIL, where very many wait for it.

Each thread that waits for the GIL wakes once in sys.getswitchinterval() to ask for it. A thousand
of them keep the processors busy with that alone. While somebody waits for the results of so many,
the interval is longer, so that together they ask no more often than a hundred would.
"""

from __future__ import annotations

import sys
import threading

_lock = threading.Lock()
_wanted: list[float] = []  # of those who wait now: by how much the interval is to be longer
_before = 0.005
_set = 0.0


class FewerSwitches:
    """As a context: so many times fewer."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __enter__(self) -> None:
        global _before
        with _lock:
            if not _wanted:
                _before = sys.getswitchinterval()
            _wanted.append(self.factor)
            _apply()

    def __exit__(self, *_: object) -> None:
        with _lock:
            _wanted.remove(self.factor)
            if sys.getswitchinterval() == _set:  # else it is somebody else's now
                _apply()


def _apply() -> None:
    global _set
    sys.setswitchinterval(_before * max(_wanted, default=1.0))
    _set = sys.getswitchinterval()
