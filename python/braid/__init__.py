"""Braid: sequential Python scripts become parallel ones with the same result.

The command is ``braid`` (or ``python -m braid``); it is a native program that this package carries.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("braid")
except PackageNotFoundError:  # used from a source tree
    __version__ = "0"

__all__ = ["__version__"]
