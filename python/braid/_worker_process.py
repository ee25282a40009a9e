"""A worker of an executor as programs see it in `executor._processes`."""

from __future__ import annotations

import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STARTING = 5.0  # seconds that a worker may take until it has a process id
LOOK_EVERY = 0.002  # seconds


class WorkerProcess:
    """What of multiprocessing.Process holds for somebody else's child: look, signal, wait."""

    def __init__(self, pool: Any, slot: int) -> None:
        self._pool = pool
        self._slot = slot
        self._pid = 0

    @property
    def pid(self) -> int | None:
        """The process id; None while it is being started."""
        if not self._pid:
            self._pid = (
                self._pool.pids.get(self._slot) or self._pool.engine.worker_state(self._slot)[1]
            )
        return self._pid or None

    def is_alive(self) -> bool:
        pid = self.pid
        if pid is None:
            return self._slot in self._pool.pids
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                return file.read().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    def join(self, timeout: float | None = None) -> None:
        """Waits until it has ended."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.is_alive() and (until is None or time.monotonic() < until):
            time.sleep(LOOK_EVERY)

    def _send(self, number: int) -> None:
        until = time.monotonic() + STARTING
        while self.pid is None and self.is_alive() and time.monotonic() < until:
            time.sleep(LOOK_EVERY)
        if self.pid is not None and self.is_alive():
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def __repr__(self) -> str:
        return f"<WorkerProcess {self.pid} in slot {self._slot}>"
