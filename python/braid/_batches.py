"""How many items go to the workers with one hand-over: about a millisecond of work, as measured.

What counts is what was done since the last look, not the mean of the call: a few long items among
many short ones must not make every hand-over small. Too large a one costs nothing, since its items
are claimed one by one.
"""

from __future__ import annotations

import time
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

BATCH_SECONDS = 0.001  # of work, for each hand-over
LARGEST_BATCH = 16_384  # items
BATCH_BYTES = 4 << 20  # as the items before were
FIRST = 16  # items
GROWTH = 8

_learnt: dict[Any, float] = {}  # code → seconds for each item


def fitting(seconds: float) -> int:
    return max(1, min(LARGEST_BATCH, int(BATCH_SECONDS / (seconds + 1e-9))))


class Source:
    """The inputs. `pace`: how many come in about a millisecond, since pulling holds up the rest."""

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = iter(items)
        self.pace = FIRST

    def take(self, most: int) -> tuple[list[Any], BaseException | None]:
        """As many as there are, at most so many, and what the iterator raised then."""
        take = getattr(self.items, "braid_take", None)
        if take is not None:  # the items are pulled in another thread
            found: tuple[list[Any], BaseException | None] = take(most)
            self.measure(len(found[0]), 0.0)  # most of that time it did something else
            return found
        items: list[Any] = []
        began = time.perf_counter()
        try:
            # What it has got before the iterator raises stays in the list.
            items.extend(islice(self.items, most))
        except BaseException as error:
            return items, error
        self.measure(len(items), time.perf_counter() - began)
        return items, None

    def measure(self, items: int, seconds: float) -> None:
        """The last so many took so long."""
        if seconds > 2 * BATCH_SECONDS:
            self.pace = max(1, min(self.pace, int(items * BATCH_SECONDS / seconds)))
        elif items >= self.pace:
            self.pace = min(self.pace * GROWTH, LARGEST_BATCH)


class BatchSize:
    """The size for one call, learnt from what the workers report; `asked`: a fixed one."""

    def __init__(self, engine: Any, asked: int | None, key: Any) -> None:
        self.engine = engine
        self.asked = asked
        self.key = key
        self.began = self.seen = engine.totals()
        self.sent_before = engine.sent_bytes
        seconds = _learnt.get(key)
        self.items = 1 if seconds is None else fitting(seconds)

    def measure(self, pushed: int) -> int:
        """The size now, after so many items were pushed."""
        if self.asked is not None:
            return self.asked
        items, busy = self.engine.totals()
        done = items - self.seen[0]
        if done > 0:
            now = fitting((busy - self.seen[1]) / done)
            self.seen = (items, busy)
            self.items = max(min(now, self.items * GROWTH), self.items // GROWTH)
        if pushed:
            self.items = min(self.items, self.by_bytes(pushed))
        return self.items

    def by_bytes(self, pushed: int) -> int:
        """How many may go at once, as large as those before were; few while nothing is known."""
        if self.asked is not None:
            return self.asked
        sent: int = self.engine.sent_bytes - self.sent_before
        if not pushed or not sent:
            return FIRST
        return max(1, BATCH_BYTES * pushed // sent)

    def remember(self) -> None:
        """For the next call of the same function."""
        items, busy = self.engine.totals()
        items, busy = items - self.began[0], busy - self.began[1]
        if items > 0:
            if len(_learnt) > 1000:
                _learnt.clear()
            _learnt[self.key] = min(busy / items, BATCH_SECONDS / self.items)
