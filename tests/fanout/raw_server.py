"""A server that sends the bytes it is told to, and nothing else: for what no library would send.

    with RawServer(lambda connection, request: connection.send(b"HTTP/1.1 200 OK...")) as server:
        ... server.url ... server.requests

A handler gets each request on its connection, in a thread of the connection's own; the connection
is closed when it returns False.
"""

import contextlib
import json
import socket
import struct
import threading


def head(status="200 OK", *, length=None, kind="application/json", version="1.1", more=()):
    lines = [f"HTTP/{version} {status}", f"content-type: {kind}"]
    if length is not None:
        lines.append(f"content-length: {length}")
    lines += more
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(body, status="200 OK", **how):
    body = body if isinstance(body, bytes) else body.encode()
    return head(status, length=len(body), **how) + body


def completion(text, **more):
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant"}}
    choice["message"]["content"] = text
    return json.dumps({"model": "m", "choices": [choice], **more})


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def as_brotli(data):
    """As br has what is not compressed."""
    return ((len(data) - 1) << 4 | 1 << 20).to_bytes(3, "little") + data + b"\x03"


def as_zstandard(data):
    """As zstd has it."""
    head = b"\x28\xb5\x2f\xfd\x00\x50"
    return head + (len(data) << 3 | 1).to_bytes(3, "little") + data


def event(text, finish=None, **more):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


class Connection:
    def __init__(self, plug, number):
        self.plug = plug
        self.number = number  # of the connection, from 0
        self.requests = 0  # on it, the present one included

    def send(self, data):
        self.plug.sendall(data)

    def reset(self):
        self.plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.plug.close()
        return False


class RawServer:
    def __init__(self, handle, *, host="127.0.0.1", tls=None):
        self.handle = handle
        self.host = host
        self.tls = tls  # a context of the module ssl
        self.requests = []  # (head, body) in the order of their coming
        self.over = threading.Event()  # set at the end: what a handler waits on
        self._lock = threading.Lock()
        self._plugs = []
        self._threads = []

    def __enter__(self):
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, 0), family=family, backlog=512)
        self.port = self._listener.getsockname()[1]
        scheme = "https" if self.tls else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        self.address = f"{scheme}://{host}:{self.port}"
        self.url = f"{self.address}/v1"
        self._accepter = threading.Thread(target=self._accept, daemon=True)
        self._accepter.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            plugs = list(self._plugs)
        for plug in plugs:
            with contextlib.suppress(OSError):
                plug.shutdown(socket.SHUT_RDWR)
        self._accepter.join(10)
        for thread in self._threads:
            thread.join(10)
        for plug in plugs:
            plug.close()

    def _accept(self):
        number = 0
        while True:
            try:
                plug, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._plugs.append(plug)
            thread = threading.Thread(target=self._serve, args=(plug, number), daemon=True)
            self._threads.append(thread)
            thread.start()
            number += 1

    def _serve(self, plug, number):
        buffer = b""
        try:
            if self.tls:
                plug = self.tls.wrap_socket(plug, server_side=True, do_handshake_on_connect=False)
                with self._lock:
                    self._plugs.append(plug)
                plug.do_handshake()
            connection = Connection(plug, number)
            while True:
                while b"\r\n\r\n" not in buffer:
                    got = plug.recv(65536)
                    if not got:
                        return
                    buffer += got
                top, _, buffer = buffer.partition(b"\r\n\r\n")
                length = 0
                for line in top.split(b"\r\n")[1:]:
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                while len(buffer) < length:
                    got = plug.recv(65536)
                    if not got:
                        return
                    buffer += got
                body, buffer = buffer[:length], buffer[length:]
                connection.requests += 1
                with self._lock:
                    self.requests.append((top.decode("latin-1"), body))
                    count = len(self.requests)
                connection.count = count  # of all requests to the server
                if self.handle(connection, body) is False:
                    plug.close()
                    return
        except OSError:
            return


GOOD = whole(completion("good"))
EVENTS = "text/event-stream"
CHUNKED = ("transfer-encoding: chunked",)


def first(bad, *, close=True):
    """Bad bytes for the first request, a good answer afterwards."""

    def handle(connection, _):
        if connection.count == 1:
            connection.send(bad)
            return not close
        connection.send(GOOD)
        return True

    return handle


def always(reply, *, close=False):
    def handle(connection, _):
        connection.send(reply)
        return not close

    return handle
