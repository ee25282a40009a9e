"""journal="run.db": what is done stays done. An interrupted call goes on where it was.

The key of a result is its position in the input. A row is committed before the caller sees the
result; a journal belongs to one function, by name and code, and to one writer at a time.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
import sqlite3
from collections import deque

from . import _pickling
from ._errors import JournalMismatch, error_info
from ._tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType
    from typing import Any


class Done:
    """Travels in the place of an item whose result is known, so that all indexes stay."""

    def __reduce__(self) -> Any:
        return Done, ()


class Resuming:
    """The function of a call that goes on: items that are done pass through."""

    def __init__(self, task: Task) -> None:
        self.function = task.function
        self.passing = task.passing

    def __call__(self, item: Any) -> Any:
        if type(item) is Done:
            return item
        return Task(self.function, self.passing).apply(item)


def fingerprint(function: Any) -> str:
    """The function's name and a digest of its code; constants and inner functions count."""
    while isinstance(function, functools.partial):
        function = function.func
    code = getattr(function, "__code__", None)
    if code is None:  # an object that can be called
        code = getattr(type(function).__call__, "__code__", None)
    digest = hashlib.sha256()
    if code is not None:
        _digest_code(code, digest)
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{name} {digest.hexdigest()[:32]}"


def _digest_code(code: CodeType, digest: Any) -> None:
    digest.update(code.co_code)
    digest.update(repr((code.co_names, code.co_varnames, code.co_freevars)).encode())
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            _digest_code(constant, digest)
        else:
            digest.update(_constant_text(constant).encode("utf-8", "surrogatepass"))


def _constant_text(constant: Any) -> str:
    """As repr; sets, whose order is another in each process, are sorted."""
    if isinstance(constant, frozenset):
        return f"frozenset({sorted(map(_constant_text, constant))})"
    if isinstance(constant, tuple):
        return f"({', '.join(map(_constant_text, constant))})"
    return repr(constant)


class Journal:
    def __init__(self, path: str, function: Any) -> None:
        self.path = path
        try:
            self.base = sqlite3.connect(
                path,
                timeout=0,
                isolation_level=None,
                check_same_thread=False,  # Results may be read by several, one at a time
            )
            self.base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self.base.execute("PRAGMA journal_mode = WAL")
            self.base.execute("PRAGMA synchronous = NORMAL")
            self.base.execute("BEGIN EXCLUSIVE")
            self.base.execute(
                "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT)"
            )
            self.base.execute(
                "CREATE TABLE IF NOT EXISTS results (position INTEGER PRIMARY KEY, result BLOB)"
            )
            self._check(fingerprint(function))
            self.base.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise JournalMismatch(f"{path} has another writer") from error
            raise JournalMismatch(f"{path} cannot be used as a journal: {error}") from error
        except sqlite3.DatabaseError as error:
            raise JournalMismatch(f"{path} is no journal: {error}") from error
        rows = self.base.execute("SELECT position FROM results")
        self.positions = {position for (position,) in rows}

    def _check(self, function: str) -> None:
        row = self.base.execute("SELECT value FROM about WHERE name = 'function'").fetchone()
        if row is None:
            self.base.execute("INSERT INTO about VALUES ('function', ?)", (function,))
            self.base.execute("INSERT INTO about VALUES ('format', '1')")
        elif row[0] != function:
            self.base.execute("ROLLBACK")
            self.base.close()
            raise JournalMismatch(
                f"{self.path} was written by {row[0].split()[0]}, and its name or code is not that "
                f"of {function.split()[0]} now; use another file, or delete it"
            )

    def write(self, rows: list[tuple[int, bytes]]) -> None:
        self.base.execute("BEGIN")
        self.base.executemany("INSERT OR REPLACE INTO results VALUES (?, ?)", rows)
        self.base.execute("COMMIT")

    def read(self, position: int) -> Any:
        row = self.base.execute(
            "SELECT result FROM results WHERE position = ?", (position,)
        ).fetchone()
        return pickle.loads(row[0])

    def close(self) -> None:
        self.base.close()


class JournalCall:
    """A call, with what the journal has in its place: where that is in the input, or, with
    `ordered=False`, among the results as they come."""

    def __init__(self, journal: Journal, on_error: str, ordered: bool) -> None:
        self.journal = journal
        self.on_error = on_error
        self.ordered = ordered
        self.position = 0
        # With ordered=False: (position, result) of what has arrived and will come in this order.
        self.coming: deque[tuple[int, Any]] = deque()
        self.written: set[int] = set()  # those that are not delivered yet
        self.call: Any = None

    def open(self, items: Iterable[Any], open_call: Callable[[Any], Any]) -> None:
        self.call = open_call(self._missing(items))

    def _missing(self, items: Iterable[Any]) -> Iterator[Any]:
        for position, item in enumerate(items):
            yield Done() if position in self.journal.positions else item

    def arrived(self, found: list[tuple[int, Any]]) -> None:
        """Writes what is done, also where it waits for something before it."""
        if not self.ordered:
            self.coming.extend(found)
        rows = [
            (position, self._packed(position, result))
            for position, result in found
            if type(result) is not Done
        ]
        if rows:
            self.journal.write(rows)
            self.written.update(position for position, _ in rows)

    def _packed(self, position: int, result: Any) -> bytes:
        try:
            return _pickling.dumps_in_band(result)
        except Exception as error:
            raise _pickling.not_picklable(result, error, "result", position) from error

    def next_chunk(self) -> list[Any] | None:
        while True:
            chunk = self.call.next_chunk()
            if chunk is None:
                self.journal.close()
                return None
            results = self.settle(chunk)
            if results:
                return results

    def settle(self, chunk: list[Any]) -> list[Any]:
        """What the caller gets of the next results; all that is new has been written by then."""
        results, rows = [], []
        for result in chunk:
            info = error_info(result) if isinstance(result, Exception) else None
            position = self._position(result, info)
            if type(result) is Done:
                results.append(self.journal.read(position))
            elif info is not None:
                # It failed, and will be tried again by the next run.
                if self.on_error == "return":
                    results.append(result)
            else:
                if position in self.written:
                    self.written.discard(position)
                else:
                    rows.append((position, self._packed(position, result)))
                results.append(result)
        if rows:
            self.journal.write(rows)
        return results

    def _position(self, result: Any, info: Any) -> int:
        """Which item's result it is. What does not arrive from elsewhere comes in order."""
        if info is None and self.coming and self.coming[0][1] is result:
            return self.coming.popleft()[0]
        if not self.ordered and info is not None and info.index != self.position:
            return int(info.index)
        self.position += 1
        return self.position - 1

    def close(self) -> None:
        self.call.close()
        self.journal.close()

    def interrupt(self) -> None:
        self.call.interrupt()

    def abort(self) -> None:
        self.call.abort()
        self.journal.close()
