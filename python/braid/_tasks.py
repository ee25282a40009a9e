"""A function with its way of taking items, and the counts of one call."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Task:
    """A function and how it gets its items."""

    ONE, SPREAD, OWN = 0, 1, 2

    def __init__(self, function: Callable[..., Any], passing: int) -> None:
        self.function = function
        self.passing = passing

    def key(self) -> Any:
        return getattr(self.function, "__code__", None) or type(self.function)

    def in_process(self) -> Callable[..., Any]:
        """The function for threads of this process, where handles of share() come as they are."""
        share = sys.modules.get(__package__ + "._share")
        if share is None or not share.in_use:
            return self.function
        function: Callable[..., Any] = share.unwrapping(self.function)
        return function

    def apply(self, item: Any) -> Any:
        if self.passing == Task.ONE:
            return self.function(item)
        if self.passing == Task.SPREAD:
            return self.function(*item)
        function, args, kwargs = item
        return function(*args, **kwargs)


class Stats:
    """Counts of one call, for last_run()."""

    def __init__(self) -> None:
        self.failed = 0
        self.retried = 0
        self.died = 0
        self.batches = 0
