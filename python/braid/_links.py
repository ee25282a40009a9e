"""The parent's links to its fork servers: one for everybody, one more for each pool by `fork`."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import weakref

from ._errors import BraidError, NotSupported
from ._log import log
from ._server import REPORT, START
from ._surroundings import Environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_lock = threading.RLock()  # finalizers may need a link while one is made
# "server": (control socket, pid of the server); "environment": the variables it began with
_shared: dict[str, Any] = {}
_unreaped: list[int] = []
_sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def _forget() -> None:
    """In a fork of ours: the servers are the parent's, and must see its end and not ours."""
    global _lock
    _lock = threading.RLock()
    for link in list(_sockets):
        try:
            link.close()
        except OSError:
            pass
    _sockets.clear()
    _shared.clear()
    _unreaped.clear()


os.register_at_fork(after_in_child=_forget)


def interpreter_flags() -> list[str]:
    """The flags with which a child interpreter behaves as this one."""
    flags = []
    names = {
        "dont_write_bytecode": "B",
        "ignore_environment": "E",
        "isolated": "I",
        "no_user_site": "s",
        "bytes_warning": "b",
        "safe_path": "P",
    }
    for name, letter in names.items():
        count = int(getattr(sys.flags, name, 0))
        if count and not (sys.flags.isolated and letter in "EsP"):
            flags.append("-" + letter * count)
    if sys.flags.optimize:
        flags.append("-" + "O" * sys.flags.optimize)
    flags += [f"-W{option}" for option in sys.warnoptions]
    for name, value in getattr(sys, "_xoptions", {}).items():
        if name in ("dev", "utf8", "faulthandler", "int_max_str_digits"):
            flags += ["-X", name if value is True else f"{name}={value}"]
    return flags


def _start_server() -> tuple[socket.socket, int]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    _sockets.add(ours)
    _shared["environment"] = dict(os.environ)
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    number = theirs.fileno()
    program = (
        f"import sys; sys.path.insert(0, {package!r}); "
        f"from braid import _server; sys.path.pop(0); _server.execute({number})"
    )
    flags = interpreter_flags()
    environment = dict(os.environ)
    environment["BRAID_SERVER_FLAGS"] = "\x1f".join(flags)
    executable = sys.executable
    if not executable:
        raise NotSupported("sys.executable is empty: there is no interpreter to start workers with")
    try:
        pid = os.posix_spawn(
            executable,
            [executable, *flags, "-c", program],
            environment,
            # Onto itself: that clears close-on-exec.
            file_actions=[(os.POSIX_SPAWN_DUP2, number, number)],
            setsigmask=[],
            setpgroup=0,  # a terminal's Ctrl-C is the parent's business from its first moment
        )
    except OSError as error:
        raise BraidError(f"the fork server cannot be started: {error}") from error
    finally:
        theirs.close()
    log("fork server started", pid=pid)
    return ours, pid


def _fork_server() -> tuple[socket.socket, int]:
    """A server that is a fork of this process, for start_method="fork"."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            from . import _server

            _server.serve(theirs)
        finally:
            os._exit(1)
    _sockets.add(ours)
    theirs.close()
    return ours, pid


class Link:
    """A pool's own socket to the server of its start method."""

    def __init__(self, method: str, segment: int, bell: int) -> None:
        reap()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket = ours
        self.own_server: tuple[socket.socket, int] | None = None
        _sockets.add(ours)
        descriptors = [theirs.fileno(), segment, bell]
        try:
            if method == "fork":
                self.environment = Environment(dict(os.environ))
                self.own_server = _fork_server()
                socket.send_fds(self.own_server[0], [b"fork"], descriptors)
                return
            with _lock:
                self._hand_over(method.encode(), descriptors)
                self.environment = Environment(_shared["environment"])
        finally:
            theirs.close()
        ours.setblocking(False)

    def _hand_over(self, method: bytes, descriptors: list[int]) -> None:
        for attempt in (0, 1):
            if "server" not in _shared:
                _shared["server"] = _start_server()
            control, pid = _shared["server"]
            try:
                socket.send_fds(control, [method], descriptors)
                return
            except OSError as error:  # it has been killed
                close_server((control, pid))
                _shared.pop("server", None)
                if attempt:
                    raise BraidError(f"the fork server does not answer: {error}") from error

    def fileno(self) -> int:
        return self.socket.fileno()

    def start(self, slot: int) -> None:
        self.socket.send(START.pack(slot))

    def reports(self) -> list[tuple[int, int, int]] | None:
        """(slot, pid, status) of what happened; None when the server is gone."""
        found: list[Any] = []
        while True:
            try:
                message = self.socket.recv(REPORT.size, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return found
            except OSError:
                message = b""
            if not message:
                return found or None
            found.append(REPORT.unpack(message))

    def close(self) -> None:
        _sockets.discard(self.socket)  # at its end, a callback in Python would swallow Ctrl-C
        self.socket.close()
        if self.own_server is not None:
            close_server(self.own_server)
            self.own_server = None


def close_server(server: tuple[socket.socket, int]) -> None:
    control, pid = server
    _sockets.discard(control)
    control.close()
    _unreaped.append(pid)
    reap()


def reap() -> None:
    """Servers end a moment after their link; whoever passes by collects them."""
    for pid in list(_unreaped):
        try:
            ended = os.waitpid(pid, os.WNOHANG)[0] != 0
        except OSError:
            ended = True  # somebody else has waited for it
        if ended:
            with contextlib.suppress(ValueError):  # another thread may have done it
                _unreaped.remove(pid)


def close_all() -> None:
    with _lock:
        server = _shared.pop("server", None)
    if server is not None:
        close_server(server)
