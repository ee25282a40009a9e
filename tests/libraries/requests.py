"""Answers like requests, from nowhere: what the address says decides what comes back.

`fail` in it raises ConnectionError, `missing` gives 404, `slow` takes longer than others. Answers to
later calls often come before those to earlier ones.
"""

import hashlib
import itertools
import json as _json
import time


turns = itertools.count()


class RequestException(IOError):
    pass


class ConnectionError(RequestException):
    pass


class Timeout(RequestException):
    pass


class HTTPError(RequestException):
    pass


class exceptions:
    RequestException = RequestException
    ConnectionError = ConnectionError
    Timeout = Timeout
    HTTPError = HTTPError


class Response:
    def __init__(self, url, body):
        self.url = url
        self.status_code = 404 if "missing" in url else 200
        self.ok = self.status_code == 200
        self.text = body
        self.content = body.encode()
        self.headers = {"Content-Length": str(len(body))}

    def json(self):
        return _json.loads(self.text) if self.text.startswith("{") else {"url": self.url, "length": len(self.text)}

    def raise_for_status(self):
        if not self.ok:
            raise HTTPError(f"404 Client Error: Not Found for url: {self.url}")


def request(method, url, params=None, data=None, json=None, headers=None, cookies=None, timeout=None, **_):
    asked = url if not params else url + "?" + "&".join(f"{k}={v}" for k, v in params.items())
    seed = hashlib.sha256(f"{method} {asked} {data} {json}".encode()).digest()
    n = next(turns)
    time.sleep((0.006, 0.0002, 0.004, 0.0008, 0.0024)[n % 5])
    if "fail" in asked:
        raise ConnectionError(f"cannot connect to {asked}")
    return Response(asked, f"{method} {asked} {seed.hex()[:8]}\n")


def get(url, params=None, **more):
    return request("GET", url, params=params, **more)


def post(url, data=None, json=None, **more):
    return request("POST", url, data=data, json=json, **more)


def head(url, **more):
    return request("HEAD", url, **more)


def put(url, data=None, **more):
    return request("PUT", url, data=data, **more)


def delete(url, **more):
    return request("DELETE", url, **more)


class Session:
    def __init__(self):
        self.headers = {}
        self.cookies = {}
        self.params = {}

    def request(self, method, url, **more):
        if self.params: more["params"] = {**self.params, **(more.get("params") or {})}
        if self.headers: url = url + "#" + str(sorted(self.headers.items()))
        return request(method, url, **more)

    def get(self, url, **more):
        return self.request("GET", url, **more)

    def post(self, url, **more):
        return self.request("POST", url, **more)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
