"""A web server on this machine that takes its time, with a listen queue long enough."""

import http.server
import socketserver
import threading
import time


class Pages(http.server.BaseHTTPRequestHandler):
    """/wait/MILLISECONDS/NAME: a page about NAME, after that time. A NAME with `gone` is a 404."""

    def do_GET(self):
        _, _, milliseconds, name = self.path.split("/", 3)
        time.sleep(int(milliseconds) / 1000)
        body = f"<html><h1>{name}</h1>{'<p>text</p>' * 50}</html>\n".encode()
        self.send_response(404 if "gone" in name else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 512


def start():
    """The server and its address."""
    server = Server(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"
