"""The fork server: one clean, single-threaded process for each parent; it forks the workers.

It is executed fresh (or forked, where the caller asked for `fork`), talks over sockets of whole
messages, reaps the workers and tells the parent how each one ended. It ends when the parent does,
and takes the workers with it: the parent's end of each socket is closed by any death.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import sys

from . import _engine

# Messages to the server on a pool's socket: (slot). From it: (slot, pid, status); status is -1 for
# "started".
START = struct.Struct("=I")
REPORT = struct.Struct("=Iii")
# What nearly every worker would import: the first before any is forked, the others, one by one,
# when nobody has asked for anything for a while.
NEEDED = "braid._worker"
PRELOADED = ("faulthandler", "cloudpickle", "hashlib")
PRELOAD_AFTER = 20  # milliseconds

STARTED = -1
NOT_STARTED = -2

os.register_at_fork(before=_engine.note_fork)


class Pool:
    def __init__(self, link: socket.socket, segment: int, bell: int, method: str) -> None:
        self.link = link
        self.segment = segment
        self.bell = bell
        self.method = method
        self.workers: dict[int, int] = {}  # pid → slot


class Server:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.to_preload = list(PRELOADED)
        self.pools: dict[int, Pool] = {}  # by the socket's descriptor
        self.poller = select.poll()
        self.poller.register(control, select.POLLIN)
        self.bell, self.ringer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(self.ringer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.poller.register(self.bell, select.POLLIN)

    def run(self) -> None:
        """Until the parent is gone."""
        while True:
            found = self.poller.poll(PRELOAD_AFTER if self.to_preload and self.pools else None)
            if not found:
                preload(self.to_preload.pop(0))
            for descriptor, _ in found:
                if descriptor == self.bell:
                    try:
                        os.read(self.bell, 4096)
                    except BlockingIOError:
                        pass
                    self.reap()
                elif descriptor == self.control.fileno():
                    if not self.open_pool():
                        return
                elif descriptor in self.pools:
                    self.serve(self.pools[descriptor])

    def open_pool(self) -> bool:
        """False when the parent has closed its end."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self.control, 64, 3)
        except ConnectionError:
            return False
        if not message:
            return False
        link, segment, bell = descriptors
        pool = Pool(socket.socket(fileno=link), segment, bell, message.decode())
        preload(NEEDED)
        self.pools[link] = pool
        self.poller.register(link, select.POLLIN)
        return True

    def serve(self, pool: Pool) -> None:
        try:
            message = pool.link.recv(START.size)
        except ConnectionError:
            message = b""
        if not message:
            self.close(pool)
            return
        (slot,) = START.unpack(message)
        try:
            pid = os.fork()
        except OSError as error:
            self.tell(pool, slot, error.errno or 0, NOT_STARTED)
            return
        if pid == 0:
            self.become_worker(pool, slot)
        pool.workers[pid] = slot
        self.tell(pool, slot, pid, STARTED)

    def close(self, pool: Pool) -> None:
        for pid in pool.workers:
            kill_group(pid)
        self.poller.unregister(pool.link)
        del self.pools[pool.link.fileno()]
        pool.link.close()
        os.close(pool.segment)
        os.close(pool.bell)

    def tell(self, pool: Pool, slot: int, pid: int, status: int) -> None:
        try:
            pool.link.send(REPORT.pack(slot, pid, status))
        except OSError:
            pass  # the parent is gone; the poll says so next

    def reap(self) -> None:
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            pid = ended.si_pid
            # What the worker itself had started goes with it. Until it is waited for, nobody else
            # can have its number.
            kill_group(pid)
            _, status = os.waitpid(pid, 0)
            for pool in self.pools.values():
                slot = pool.workers.pop(pid, None)
                if slot is not None:
                    self.tell(pool, slot, pid, status)

    def become_worker(self, pool: Pool, slot: int) -> None:
        """Never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setpgid(0, 0)
            server = os.getppid()
            _engine.die_with_parent(signal.SIGKILL)
            if os.getppid() != server:
                os._exit(1)
            keep = {pool.segment, pool.bell}
            self.control.close()
            os.close(self.bell)
            os.close(self.ringer)
            for other in list(self.pools.values()):
                other.link.close()
                for descriptor in (other.segment, other.bell):
                    if descriptor not in keep:
                        os.close(descriptor)
            if pool.method == "spawn":
                execute_worker(pool.segment, pool.bell, slot)
            from . import _worker

            if pool.method == "fork":
                forget_parents_multiprocessing()
            code = _worker.main(pool.segment, pool.bell, slot)
        except SystemExit:
            code = 1
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            leave(code)


def preload(name: str) -> None:
    with contextlib.suppress(ImportError):
        __import__(name)


def forget_parents_multiprocessing() -> None:
    """In a fork of the caller's process: its children and queues' threads are not ours."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None:
        process.__dict__["_children"] = set()
    using = sys.modules.get("multiprocessing.util")
    if using is not None:
        using._finalizer_registry.clear()
        using._run_after_forkers()


def finish_multiprocessing() -> None:
    """What tasks put into multiprocessing's queues is on its way when this returns."""
    using = sys.modules.get("multiprocessing.util")
    if using is not None:
        using._exit_function()


def leave(code: int) -> None:
    """Ends the process without the parent's exit handlers; what was printed is written."""
    try:
        finish_multiprocessing()
    except BaseException:
        import traceback

        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    os._exit(code)


def kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def execute_worker(segment: int, bell: int, slot: int) -> None:
    """A worker as a fresh interpreter, for start_method="spawn"."""
    for descriptor in (segment, bell):
        os.set_inheritable(descriptor, True)
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    program = (
        f"import sys; sys.path.insert(0, {package!r}); from braid import _worker; "
        f"_worker.execute({segment}, {bell}, {slot})"
    )
    command = [sys.executable, *os.environ.get("BRAID_SERVER_FLAGS", "").split("\x1f"), "-c"]
    os.execv(sys.executable, [part for part in command if part] + [program])


def close_standard_input() -> None:
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    except OSError:
        pass


def execute(descriptor: int) -> None:
    """What a freshly executed server runs."""
    serve(socket.socket(fileno=descriptor))


def serve(control: socket.socket) -> None:
    try:
        try:
            os.setpgid(0, 0)
        except PermissionError:  # leads a session
            pass
        close_standard_input()
        server = Server(control)
        server.run()
        for pool in list(server.pools.values()):
            server.close(pool)
    finally:
        os._exit(0)
