"""What is true of this process: whether it is a worker, how many processors it may use."""

from __future__ import annotations

import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_worker: Any = None
_process_slot: int | None = None
_local = threading.local()


def become_worker(worker: Any, slot: int) -> None:
    global _worker, _process_slot
    _worker = worker
    _process_slot = slot


def own_worker() -> Any:
    """The engine's worker of this process."""
    return _worker


def become_worker_thread(slot: int) -> None:
    _local.slot = slot


def worker_id() -> int | None:
    """Which worker this is, from 0; None outside of one."""
    slot = getattr(_local, "slot", None)
    return _process_slot if slot is None else slot


def current_index() -> int | None:
    return None if _worker is None else int(_worker.index)


def in_worker() -> bool:
    return worker_id() is not None


def every(found: Any) -> list[Any]:
    """What a WeakSet holds, while other threads may add to it."""
    while True:
        try:
            return list(found)
        except RuntimeError:  # it has changed meanwhile
            continue


def cpu_count() -> int:
    """Processors that this process may use: its affinity, and its container's quota."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:
        count = os.cpu_count() or 1
    quota = _quota()
    return max(1, min(count, quota)) if quota else count


def _quota() -> int | None:
    """The quota of this process's control group in processors, rounded up."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
        for line in lines:
            if line.startswith("0::"):
                folder = "/sys/fs/cgroup" + line[3:].rstrip()
                while folder.startswith("/sys/fs/cgroup"):
                    try:
                        with open(folder + "/cpu.max", encoding="utf-8") as limits:
                            most, period = limits.read().split()
                        if most != "max":
                            return -(-int(most) // int(period))
                    except (OSError, ValueError):
                        pass
                    folder = os.path.dirname(folder)
        with open("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", encoding="utf-8") as limits:
            most = limits.read()
        with open("/sys/fs/cgroup/cpu/cpu.cfs_period_us", encoding="utf-8") as limits:
            period = limits.read()
        return -(-int(most) // int(period)) if int(most) > 0 else None
    except (OSError, ValueError):
        return None


def out_of_memory_kills() -> int:
    """How often the kernel has killed for memory in this process's control group."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="replace") as file:
            folder = next(line[3:].strip() for line in file if line.startswith("0::"))
        with open(f"/sys/fs/cgroup{folder}/memory.events", encoding="utf-8") as file:
            counts = dict(line.split() for line in file)
        return int(counts.get("oom_kill", 0))
    except (OSError, ValueError, StopIteration):
        return 0
