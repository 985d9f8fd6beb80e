"""One question and its whole answer, from a real server on this machine, well-behaved and not."""

import gzip
import socket
import threading
import time
from contextlib import suppress

import pytest

from ops.deploy.transport import (
    MAX_BODY_BYTES,
    OfflineError,
    Question,
    UnclearError,
    ask,
    is_loopback,
)


def get(url, timeout_s=5.0, path="/model_info"):
    return ask(Question("GET", url + path), timeout_s)


def _send(handler, status, body=b"", length=None, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def test_redirects_are_not_followed(fake):
    state, client = fake
    paths = []

    def redirect(handler):
        paths.append(handler.path)
        _send(handler, 302, Location="/model_info")

    state.answer = redirect
    question = Question("POST", f"{client.url}/reload_model", {"model_id": "als-1"})
    assert ask(question, 5.0).status == 302
    assert paths == ["/reload_model"]


def test_closed_port_is_offline(offline):
    with pytest.raises(OfflineError, match="no connection; start the service"):
        get(offline.url)


def test_a_name_that_does_not_exist_is_offline():
    with pytest.raises(OfflineError):
        get("http://no-such-host.invalid:80")


def test_silence_is_unclear(fake):
    state, client = fake
    state.answer = lambda _: time.sleep(1)
    started = time.monotonic()
    with pytest.raises(UnclearError, match=r"within 0\.3 s"):
        get(client.url, 0.3)
    assert time.monotonic() - started < 1.3


def _drip_body(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "30")
    handler.end_headers()
    for _ in range(30):
        handler.wfile.write(b"x")
        time.sleep(0.1)


def _drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(30):
        handler.wfile.write(f"X-{number}: 1\r\n".encode())
        time.sleep(0.1)


@pytest.mark.parametrize("drip", [_drip_body, _drip_headers])
def test_the_deadline_is_for_the_whole_answer(fake, drip):
    state, client = fake

    def dripping(handler):
        with suppress(OSError):  # the client went away, as it should
            drip(handler)

    state.answer = dripping
    started = time.monotonic()
    with pytest.raises(UnclearError, match=r"no whole answer within 0\.5 s"):
        get(client.url, 0.5)
    assert time.monotonic() - started < 1.5


def test_the_body_is_capped(fake):
    state, client = fake
    state.answer = lambda handler: _send(handler, 200, b" " * (MAX_BODY_BYTES + 1))
    with pytest.raises(UnclearError, match="more than 65536 bytes"):
        get(client.url)
    body = b'{"model_id": "als-1"}'.ljust(MAX_BODY_BYTES)
    state.answer = lambda handler: _send(handler, 200, body)
    assert get(client.url).body == body


def test_a_compressed_body_is_not_unpacked(fake):
    state, client = fake
    bomb = gzip.compress(b" " * 10_000_000)
    state.answer = lambda handler: _send(
        handler, 200, bomb, **{"Content-Encoding": "gzip"}
    )
    assert get(client.url).body == bomb


def test_chunked_answers_are_read(fake):
    state, client = fake

    def chunked(handler):
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b'5\r\n{"mod\r\n12\r\nel_id": "als-1"}  \r\n0\r\n\r\n')

    state.answer = chunked
    assert get(client.url).body == b'{"model_id": "als-1"}  '


@pytest.mark.parametrize("cut", [b"", b"HTTP/1.1 2"])
def test_a_connection_that_breaks_is_unclear_not_offline(cut):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(cut)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(UnclearError):
            get(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    fake, monkeypatch, offline
):
    state, client = fake
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, offline.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    state.serving = "als-1"
    assert get(client.url).is_good


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://localhost", True),
        ("http://shop.localhost:1", True),
        ("http://10.0.0.1", False),
        ("http://localhost.example.com", False),
    ],
)
def test_what_is_this_machine(url, here):
    assert is_loopback(url) is here


def test_no_header_is_ever_shown():
    question = Question("GET", "http://x", None, {"Authorization": "Bearer secret"})
    assert "secret" not in f"{question} {question!r}"
