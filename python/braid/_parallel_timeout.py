"""ParallelTimeout, apart from the other errors because it needs multiprocessing."""

from __future__ import annotations

from multiprocessing import TimeoutError as ProcessTimeout

from ._errors import ItemTimeout


class ParallelTimeout(ItemTimeout, ProcessTimeout):
    """What Parallel raises: joblib's users catch multiprocessing.TimeoutError, which is no
    TimeoutError."""
