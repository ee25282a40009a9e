"""Small servers on the loopback interface, in a process of their own: HTTP, XML-RPC, SMTP, POP3, IMAP, FTP,
and one that sends back what it gets. `start()` gives their ports by name; they end with the test."""

import atexit
import http.server
import json
import socket
import socketserver
import subprocess
import sys
import threading
import types

COMPLETION = {
    "id": "c-1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
ANSWERS = {
    "/v1/chat/completions": COMPLETION,
    "/v1/embeddings": {"object": "list", "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1},
                       "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}]},
    "/v1/images/generations": {"created": 1, "data": [{"url": "http://a/b.png"}]},
    "/v1/models": {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "o"}]},
    "/v1/moderations": {"id": "x", "model": "m", "results": []},
}


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, data, kind="application/json"):
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Set-Cookie", "seen=yes; Path=/")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def any_method(self):
        body = self.body()
        path = self.path.split("?")[0]
        if path == "/robots.txt":
            self.answer(b"User-agent: *\nDisallow: /private\n", "text/plain")
        elif path == "/page":
            self.answer(b"<html><head><title>t</title></head><body><p>x</p></body></html>", "text/html")
        elif path == "/RPC2":
            import xmlrpc.client
            self.answer(xmlrpc.client.dumps(([1],), methodresponse=True).encode(), "text/xml")
        elif path in ANSWERS and b'"stream": true' not in body and b'"stream":true' not in body:
            self.answer(json.dumps(ANSWERS[path]).encode())
        else:
            self.answer(json.dumps({"method": self.command, "path": self.path, "size": len(body)}).encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = any_method

    def log_message(self, *arguments):
        pass


class Lines(socketserver.StreamRequestHandler):
    """A protocol of lines: a greeting, and an answer to each line."""

    greeting = b""

    def handle(self):
        try:
            self.wfile.write(self.greeting)
            for line in self.rfile:
                self.wfile.write(self.reply(line.strip()))
        except ConnectionError:
            pass  # the other side left


class Echo(Lines):
    greeting = b"ready\r\n"

    def reply(self, line):
        return line + b"\r\n"


class Smtp(Lines):
    greeting = b"220 here\r\n"
    in_data = False

    def reply(self, line):
        if self.in_data:
            self.in_data = line != b"."
            return b"" if self.in_data else b"250 kept\r\n"
        verb = line[:4].upper()
        if verb == b"DATA":
            self.in_data = True
            return b"354 go on\r\n"
        if verb == b"EHLO":
            return b"250-here\r\n250-AUTH PLAIN LOGIN\r\n250 HELP\r\n"
        return {b"QUIT": b"221 bye\r\n", b"AUTH": b"235 in\r\n", b"VRFY": b"252 perhaps\r\n"}.get(
            verb, b"250 fine\r\n")


class Pop(Lines):
    greeting = b"+OK here\r\n"

    def reply(self, line):
        verb = line[:4].upper()
        if verb in (b"RETR", b"TOP ", b"CAPA") or line.upper() in (b"LIST", b"UIDL"):
            return b"+OK 1 1\r\none\r\n.\r\n"
        return b"+OK 1 1\r\n"


class Imap(Lines):
    greeting = b"* OK here\r\n"

    def reply(self, line):
        tag, _, rest = line.partition(b" ")
        verb = rest.split(b" ")[0].upper()
        before = {
            b"CAPABILITY": b"* CAPABILITY IMAP4REV1\r\n",
            b"SELECT": b"* 1 EXISTS\r\n", b"SEARCH": b"* SEARCH 1\r\n",
            b"FETCH": b"* 1 FETCH (FLAGS (\\Seen))\r\n", b"LIST": b'* LIST () "/" INBOX\r\n',
            b"STATUS": b"* STATUS INBOX (MESSAGES 1)\r\n", b"LOGOUT": b"* BYE\r\n",
        }.get(verb, b"")
        return before + tag + b" OK done\r\n"


class Ftp(Lines):
    greeting = b"220 here\r\n"

    def reply(self, line):
        verb = line.split(b" ")[0].upper()
        if verb == b"EPSV" or verb == b"PASV":
            self.data = socket.create_server(("127.0.0.1", 0))
            port = self.data.getsockname()[1]
            if verb == b"EPSV":
                return b"229 ok (|||%d|)\r\n" % port
            return b"227 ok (127,0,0,1,%d,%d)\r\n" % divmod(port, 256)
        if verb in (b"RETR", b"LIST", b"NLST", b"MLSD", b"STOR"):
            self.wfile.write(b"150 here it comes\r\n")
            connection, _ = self.data.accept()
            if verb == b"STOR":
                while connection.recv(4096):
                    pass
            else:
                connection.sendall(b"type=file; one.txt\r\n" if verb == b"MLSD" else b"one.txt\r\n")
            connection.close()
            self.data.close()
            return b"226 done\r\n"
        return {
            b"USER": b"331 password\r\n", b"PASS": b"230 in\r\n", b"PWD": b'257 "/"\r\n', b"SIZE": b"213 7\r\n",
            b"MKD": b'257 "/d"\r\n', b"RNFR": b"350 to\r\n", b"QUIT": b"221 bye\r\n",
        }.get(verb, b"250 fine\r\n")


class Threading(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


KINDS = {"http": Http, "echo": Echo, "smtp": Smtp, "pop": Pop, "imap": Imap, "ftp": Ftp}


def serve():
    ports = {}
    for name, handler in KINDS.items():
        server = Threading(("127.0.0.1", 0), handler)
        ports[name] = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps(ports), flush=True)
    sys.stdin.read()  # until the test ends


def start():
    child = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ports = json.loads(child.stdout.readline())
    child.stdout.close()

    def end():
        child.stdin.close()
        child.wait()

    atexit.register(end)
    return types.SimpleNamespace(url="http://127.0.0.1:%d" % ports["http"], **ports)


if __name__ == "__main__":
    serve()
