"""What a worker shares with the parent's process at each call: folder, path of modules,
environment, and the key with which multiprocessing's managers know their own.

The fork server has the environment of the moment when it began; a call brings what has changed.
"""

from __future__ import annotations

import os
import sys

from . import _state
from ._output import send_output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Changes = tuple[tuple[str, "str | None"], ...]
    Surroundings = tuple["str | None", tuple[str, ...], "bytes | None", Changes, tuple[bool, bool]]
else:
    Surroundings = tuple

_applied: Changes = ()
_base: dict[str, str] = {}  # this worker's own, without any call's changes
_fixed: frozenset[str] = frozenset()  # names that no call changes


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Changes:
    """(name, value, or None where it is gone) of all that differs."""
    now = dict(now)
    if now == before:
        return ()
    found: list[tuple[str, str | None]] = [
        (name, value) for name, value in now.items() if before.get(name) != value
    ]
    found += [(name, None) for name in before if name not in now]
    return tuple(found)


class Environment:
    """This process's variables beside those of a fork server."""

    def __init__(self, before: Mapping[str, str]) -> None:
        self.before = before
        self.seen: Any = None  # as os.environ holds it, at the last look
        self.found: Changes = ()

    def changes(self) -> Changes:
        raw = getattr(os.environ, "_data", None)
        if raw is None or raw != self.seen:
            self.seen = None if raw is None else dict(raw)
            self.found = changes(self.before, os.environ)
        return self.found


def begin_environment(surroundings: Surroundings, limits: dict[str, str], limits_win: bool) -> None:
    """Once, before the initializer. `limits` are the variables for numbers of threads."""
    global _base, _fixed
    _fixed = frozenset(limits) if limits_win else frozenset()
    for name, value in limits.items():
        if limits_win or name not in os.environ:
            os.environ[name] = value
    _base = dict(os.environ)
    apply_surroundings(surroundings)


def apply_surroundings(surroundings: Surroundings) -> None:
    folder, path, key, changed, sent = surroundings
    send_output(_state.own_worker(), sent)
    if folder is not None:
        try:
            if os.getcwd() != folder:
                os.chdir(folder)
        except OSError:
            pass  # it is gone; the function will say what it misses
    if tuple(sys.path) != path:
        sys.path[:] = path
    if changed != _applied:
        _apply_changes(changed)
    if key is not None:  # without it, managers turn this process away
        import multiprocessing

        multiprocessing.current_process().authkey = key


def _apply_changes(changed: Changes) -> None:
    global _applied
    wanted: dict[str, str | None] = {name: _base.get(name) for name, _ in _applied}
    wanted.update((name, value) for name, value in changed if name not in _fixed)
    for name, value in wanted.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    _applied = changed
