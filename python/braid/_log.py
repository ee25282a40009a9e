"""BRAID_LOG: what the runtime does, a line for each event, for whoever asks why.

`1` or `stderr`: to the standard error; anything else is a file that is appended to. Calls (their
backend and why, what became of them), servers, workers (started, gone), attempts that are repeated
or over time. Nothing for each item.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def log(event: str, **facts: Any) -> None:
    """Costs a look at a variable where nobody asks."""
    wanted = os.environ.get("BRAID_LOG")
    if not wanted or wanted == "0":
        return
    now = time.time()
    clock = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1000):03}"
    said = " ".join(f"{name}={value!r}" for name, value in facts.items())
    line = f"{clock} braid[{os.getpid()}] {event} {said}".rstrip() + "\n"
    try:
        if wanted in ("1", "stderr"):
            sys.stderr.write(line)
        else:
            with open(wanted, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(line)
    except (OSError, ValueError, AttributeError):
        pass  # nobody fails because of this
