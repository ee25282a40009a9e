"""Progress on stderr: a bar on a terminal and in a notebook's cell, plain lines elsewhere; or the
caller's own.

It is drawn by the calling thread when results are handed on, at most ten times a second.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BAR = 30  # columns
BETWEEN_DRAWS = 0.1  # seconds, on a terminal
BETWEEN_LINES = 5.0


class Progress:
    """Told how many items are done; draws when it is time to."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        self.began = time.monotonic()
        self.drawn = 0.0
        self.between = BETWEEN_DRAWS

    def update(self, done: int, failed: int) -> None:
        now = time.monotonic()
        if now - self.drawn >= self.between:
            self.drawn = now
            self.draw(done, failed)

    def close(self, done: int, failed: int) -> None:
        self.draw(done, failed)

    def draw(self, done: int, failed: int) -> None:
        raise NotImplementedError

    def describe(self, done: int, failed: int) -> str:
        passed = max(time.monotonic() - self.began, 1e-9)
        rate = done / passed
        text = f"{done}" if self.total is None else f"{done}/{self.total}"
        text += f" {rate:.1f}/s" if rate < 1000 else f" {rate:.0f}/s"
        if self.total is not None and 0 < done < self.total:
            text += f" {format_time((self.total - done) / rate)} left"
        else:
            text += f" {format_time(passed)}"
        return text + (f", {failed} failed" if failed else "")


def format_time(seconds: float) -> str:
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole // 60 % 60:02} h"


class Bar(Progress):
    def line(self, done: int, failed: int) -> str:
        bar = ""
        if self.total:
            full = BAR * min(done, self.total) // self.total
            bar = "[" + "#" * full + "." * (BAR - full) + "] "
        return bar + self.describe(done, failed)

    def draw(self, done: int, failed: int) -> None:
        sys.stderr.write(f"\r{self.line(done, failed)}\x1b[K")
        sys.stderr.flush()

    def close(self, done: int, failed: int) -> None:
        self.draw(done, failed)
        sys.stderr.write("\n")


class CellBar(Bar):
    """A notebook goes back to the line's begin, but does not know how to clear what is there."""

    between_draws = 0.25  # each is a message to the browser

    def __init__(self, total: int | None) -> None:
        super().__init__(total)
        self.between = self.between_draws
        self.width = 0

    def draw(self, done: int, failed: int) -> None:
        text = self.line(done, failed)
        sys.stderr.write(f"\r{text.ljust(self.width)}")
        sys.stderr.flush()
        self.width = len(text)


class Lines(Progress):
    def __init__(self, total: int | None) -> None:
        super().__init__(total)
        self.between = BETWEEN_LINES
        self.drawn = time.monotonic()

    def draw(self, done: int, failed: int) -> None:
        sys.stderr.write(self.describe(done, failed) + "\n")
        sys.stderr.flush()


class Callback(Progress):
    def __init__(self, total: int | None, function: Any) -> None:
        super().__init__(total)
        self.function = function

    def draw(self, done: int, failed: int) -> None:
        self.function(done, self.total, failed)


class Tqdm(Progress):
    def __init__(self, total: int | None, bar: Any, own: bool) -> None:
        super().__init__(total)
        self.bar = bar
        self.own = own
        self.shown = 0

    def draw(self, done: int, failed: int) -> None:
        self.bar.update(done - self.shown)
        self.shown = done

    def close(self, done: int, failed: int) -> None:
        self.draw(done, failed)
        if self.own:
            self.bar.close()


def in_a_cell() -> bool:
    """Whether stderr leads to a notebook."""
    return type(sys.stderr).__module__.partition(".")[0] == "ipykernel"


def open_progress(wanted: Any, total: int | None) -> Progress | None:
    """What `progress=` asks for: False, True, "plain", a tqdm class or bar, or a function."""
    if wanted is False or wanted is None:
        return None
    if isinstance(wanted, str) and wanted == "plain":
        return Lines(total)
    if wanted is True:
        if in_a_cell():
            return CellBar(total)
        try:
            terminal = sys.stderr.isatty()
        except (AttributeError, ValueError):
            terminal = False
        return Bar(total) if terminal else Lines(total)
    if isinstance(wanted, type) and hasattr(wanted, "update"):
        return Tqdm(total, wanted(total=total), own=True)
    if hasattr(wanted, "update"):
        return Tqdm(total, wanted, own=False)
    if callable(wanted):
        return Callback(total, wanted)
    raise TypeError(
        "progress must be True, False, 'plain', a tqdm class or bar, or a function of "
        f"(done, total, failed), not {type(wanted).__name__}"
    )
