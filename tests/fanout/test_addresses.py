"""Where calls go: base URLs of every form, names, numbers, proxies, encryption. The key goes to the
server that was named and to nobody else."""

import pathlib
import ssl

import asking
import pytest
from asking import KEY, ask, environment, errors_of, text_of
from raw_server import RawServer, completion, whole

SELF_SIGNED = pathlib.Path(__file__).parent / "self_signed.pem"


def good(connection, _):
    connection.send(whole(completion("good")))


def line_of(server):
    ((head, _),) = server.requests
    return head.split("\r\n")[0]


def headers_of(server):
    ((head, _),) = server.requests
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in lines}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("base", "asked"),
    [
        ("/v1", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("/v1//", "/v1/chat/completions"),
        ("", "/chat/completions"),
        ("/", "/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/proxy/of/ours/v1", "/proxy/of/ours/v1/chat/completions"),
        ("/v1?api-version=2024-06-01", "/v1/chat/completions?api-version=2024-06-01"),
        ("/v1/?a=/b/&c=?", "/v1/chat/completions?a=/b/&c=?"),
        ("?a=b", "/chat/completions?a=b"),
        ("/%7Eme/v1", "/%7Eme/v1/chat/completions"),
    ],
)
def test_the_calls_of_a_base_url(base, asked):
    with RawServer(good) as server:
        address = server.address.replace("127.0.0.1", asking.HOST)
        done = ask(None, "x", "--base-url", address + base)
        assert (done.returncode, text_of(done)) == (0, "good"), errors_of(done)
        # A host without a path, as libcurl writes it.
        assert line_of(server).replace("/?", "?") == f"POST {asked} HTTP/1.1".replace("/?", "?")
        assert headers_of(server)["host"] == address.removeprefix("http://")


@pytest.mark.parametrize(
    "base",
    [
        "ftp://127.0.0.1/v1",
        "127.0.0.1:8000/v1",
        "http://",
        "http:///v1",
        "http://127.0.0.1:1/v1#there",
        "http://127.0.0.1:1/v 1",
        "http://127.0.0.1:1/v1\n",
    ],
)
def test_what_is_no_base_url_is_refused(base):
    done = ask(None, "x", "--base-url", base)
    assert (done.returncode, text_of(done)) == (2, "")
    assert "is no base URL" in errors_of(done)


def test_a_password_in_a_base_url_is_refused_and_not_shown():
    done = ask(None, "x", "--base-url", f"https://me:{KEY}@127.0.0.1:1/v1")
    assert (done.returncode, text_of(done)) == (2, "")
    assert KEY not in errors_of(done)
    assert "OPENAI_API_KEY" in errors_of(done)


@pytest.mark.parametrize("key", ["one\nX-Injected: 1", "one\r\ntwo"])
def test_a_key_of_several_lines_is_refused(tmp_path, key):
    (tmp_path / "key.txt").write_bytes(key.encode())
    with RawServer(good) as server:
        for more, env in (
            ([], environment(OPENAI_API_KEY=key)),
            (["--api-key-file", "key.txt"], environment()),
        ):
            done = ask(server, "x", *more, cwd=tmp_path, env=env)
            assert done.returncode == 2, errors_of(done)
            assert "a single line" in errors_of(done) and "Injected" not in errors_of(done)
        assert server.requests == []


def test_an_address_of_ipv6():
    try:
        with RawServer(good, host="::1") as server:
            done = ask(None, "x", "--base-url", server.url)
            assert (done.returncode, text_of(done)) == (0, "good"), errors_of(done)
            assert headers_of(server)["host"] == f"[::1]:{server.port}"
    except OSError:  # no such address on this machine
        done = ask(None, "x", "--base-url", "http://[::1]:9/v1", "--retries", "0")
        assert done.returncode == 3
        assert "no connection" in errors_of(done)


@pytest.mark.parametrize("host", ["model.example", "10.0.0.1"])
@pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "ALL_PROXY"])
def test_calls_elsewhere_go_through_the_proxy(host, name):
    with RawServer(good) as proxy:
        env = environment(**{name: proxy.address})
        done = ask(None, "x", "--base-url", f"http://{host}/v1", env=env)
        assert (done.returncode, text_of(done)) == (0, "good"), errors_of(done)
        assert line_of(proxy) == f"POST http://{host}/v1/chat/completions HTTP/1.1"
        assert headers_of(proxy)["host"] == host


@pytest.mark.usefixtures("way")
def test_calls_to_this_machine_go_through_no_proxy():
    with RawServer(good) as server, RawServer(good) as proxy:
        env = environment(http_proxy=proxy.address, all_proxy=proxy.address)
        done = ask(server, "x", env=env)
        assert (done.returncode, text_of(done)) == (0, "good"), errors_of(done)
        assert (len(server.requests), len(proxy.requests)) == (1, 0)


def test_a_name_that_begins_as_this_machine_does_is_elsewhere():
    with RawServer(good) as proxy:
        env = environment(http_proxy=proxy.address)
        done = ask(None, "x", "--base-url", "http://127.0.0.1.model.example/v1", env=env)
        assert (done.returncode, len(proxy.requests)) == (0, 1), errors_of(done)


def test_no_proxy_is_kept():
    with RawServer(good) as proxy:
        env = environment(http_proxy=proxy.address, no_proxy="model.invalid")
        words = ["--base-url", "http://model.invalid/v1", "--retries", "0"]
        done = ask(None, "x", *words, env=env)
        assert done.returncode == 3
        assert "no connection" in errors_of(done) and "model.invalid" in errors_of(done)
        assert proxy.requests == []


def test_a_proxy_for_encrypted_calls_gets_no_key():
    def refuse(connection, _):
        connection.send(whole("", "407 Proxy Authentication Required"))
        return False

    with RawServer(refuse) as proxy:
        env = environment(https_proxy=proxy.address)
        words = ["--base-url", "https://model.example/v1", "--retries", "0"]
        done = ask(None, "x", *words, env=env)
        assert done.returncode == 3
        assert "407" in errors_of(done)
        assert line_of(proxy) == "CONNECT model.example:443 HTTP/1.1"
        assert all(KEY not in head for head, _ in proxy.requests)


def encrypted():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)
    return context


def test_a_certificate_that_nobody_vouches_for_is_not_trusted():
    with RawServer(good, tls=encrypted()) as server:
        done = ask(server, "x")
        assert (done.returncode, text_of(done), server.requests) == (3, "", [])
        assert "no trusted connection" in errors_of(done)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
def test_whom_to_trust_is_said_by_a_variable(name):
    with RawServer(good, tls=encrypted()) as server:
        done = ask(server, "x", env=environment(**{name: str(SELF_SIGNED)}))
        assert (done.returncode, text_of(done)) == (0, "good"), errors_of(done)
        assert headers_of(server)["authorization"] == f"Bearer {KEY}"


def test_a_certificate_for_another_host_is_not_trusted():
    with RawServer(good, host="127.0.0.2", tls=encrypted()) as server:
        done = ask(server, "x", env=environment(SSL_CERT_FILE=str(SELF_SIGNED)))
        assert done.returncode == 3, errors_of(done)
        assert server.requests == []
