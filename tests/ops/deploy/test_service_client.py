"""The service client against a real server on this machine, well-behaved and not."""

import json
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import ValidationError

from ops.deploy.service_client import (
    MAX_BODY_BYTES,
    OfflineError,
    Params,
    Service,
    model_id_of,
    service,
)
from recsys.program.errors import ServiceError

SHARED = (
    Path(__file__).parents[4] / "shared" / "torture" / "jsontestsuite" / "test_parsing"
)


def _send(handler, status, body=b"", length=None, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def test_loads_and_verifies(fake):
    state, client = fake
    assert client.online()
    client.check_health()
    client.load("als-1")
    assert state.serving == "als-1"
    assert state.calls == ["/health", "/health", "/reload_model als-1", "/model_info"]


def test_another_id_than_asked_for(fake):
    state, client = fake
    state.serving, state.ignored = "als-0", {"als-1"}
    with pytest.raises(ServiceError, match="serves 'als-0' after a reload of als-1"):
        client.load("als-1")


def test_http_500_is_online_but_an_error(fake):
    state, client = fake
    state.answer = lambda handler: _send(handler, 500, b"no model")
    assert client.online()
    for call in (client.check_health, client.serving, lambda: client.reload("als-1")):
        with pytest.raises(ServiceError, match="HTTP 500 'no model'") as caught:
            call()
        assert not isinstance(caught.value, OfflineError)


def test_redirects_are_not_followed(fake):
    state, client = fake
    paths = []

    def redirect(handler):
        paths.append(handler.path)
        _send(handler, 302, Location="/model_info")

    state.answer = redirect
    with pytest.raises(ServiceError, match="HTTP 302"):
        client.reload("als-1")
    assert paths == ["/reload_model"]


def test_closed_port_is_offline(offline):
    assert not offline.online()
    with pytest.raises(OfflineError, match="no connection; start the service"):
        offline.serving()


def test_a_name_that_does_not_exist_is_offline():
    assert not Service("http://no-such-host.invalid:80", 5.0).online()


def test_silence_is_offline(fake):
    state, client = fake
    state.answer = lambda _: time.sleep(2)
    started = time.monotonic()
    assert not Service(client.url, 0.3).online()
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
    with pytest.raises(OfflineError, match=r"no whole answer within 0\.5 s"):
        Service(client.url, 0.5).serving()
    assert time.monotonic() - started < 1.5


def test_the_body_is_capped(fake):
    state, client = fake
    state.answer = lambda handler: _send(handler, 200, b" " * (MAX_BODY_BYTES + 1))
    with pytest.raises(ServiceError, match="more than 65536 bytes"):
        client.serving()
    body = b'{"model_id": "als-1"}'.ljust(MAX_BODY_BYTES)
    state.answer = lambda handler: _send(handler, 200, body)
    assert client.serving() == "als-1"


def test_a_compressed_body_is_not_unpacked(fake):
    import gzip

    state, client = fake
    bomb = gzip.compress(b" " * 10_000_000)
    state.answer = lambda handler: _send(
        handler, 200, bomb, **{"Content-Encoding": "gzip"}
    )
    with pytest.raises(ServiceError, match="not JSON"):
        client.serving()


def test_chunked_answers_are_read(fake):
    state, client = fake

    def chunked(handler):
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b'5\r\n{"mod\r\n12\r\nel_id": "als-1"}  \r\n0\r\n\r\n')

    state.answer = chunked
    assert client.serving() == "als-1"


@pytest.mark.parametrize("cut", [b"", b"HTTP/1.1 2"])
def test_a_connection_that_breaks_is_an_error_not_offline(cut):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(cut)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(ServiceError) as caught:
            Service(f"http://127.0.0.1:{listener.getsockname()[1]}", 5.0).serving()
        thread.join()
    assert not isinstance(caught.value, OfflineError)


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    fake, monkeypatch, offline
):
    state, client = fake
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, offline.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client.load("als-1")
    assert state.serving == "als-1"


# ---- what is sent ----


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"als-1",
        b"[]",
        b"null",
        b"{}",
        b'{"model_id": 1}',
        b'{"model_id": null}',
        b'{"model_id": ["als-1"]}',
        b'{"model_id": "als-1"',
        b'{"model_id": "als-1", "x": NaN}',
        b'\xef\xbb\xbf{"model_id": "als-1"}',
        b'{"model_id": "\xff"}',
        '{"model_id": "als-1"}'.encode("utf-16"),
        b"[" * 60_000,
        b'{"model_id": "a", "n": ' + b"9" * 60_000 + b"}",
    ],
)
def test_anything_but_an_object_with_a_text_id_is_refused(body):
    with pytest.raises(ServiceError, match="is this the service"):
        model_id_of(body, "here")


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the JSON test suite is not on this machine"
)
def test_every_invalid_file_of_the_json_test_suite_is_refused():
    files = sorted(SHARED.glob("n_*.json"))
    assert len(files) > 100
    for path in files:
        with pytest.raises(ServiceError):
            model_id_of(path.read_bytes(), path.name)
        wrapped = b'{"model_id": "als-1", "x": ' + path.read_bytes() + b"}"
        try:
            json.loads(wrapped)
        except (ValueError, RecursionError):
            with pytest.raises(ServiceError):
                model_id_of(wrapped, path.name)


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the JSON test suite is not on this machine"
)
def test_every_valid_file_of_the_json_test_suite_may_stand_beside_the_id():
    for path in sorted(SHARED.glob("y_*.json")):
        assert (
            model_id_of(
                b'{"model_id": "als-1", "x": ' + path.read_bytes() + b"}", path.name
            )
            == "als-1"
        )


# ---- params ----


def test_no_url_is_no_service():
    assert service(Params(service_url="", timeout_s=10.0)) is None


def test_a_slash_at_the_end_does_not_matter():
    assert service(
        Params(service_url="http://127.0.0.1:8000/", timeout_s=1.0)
    ) == Service("http://127.0.0.1:8000", 1.0)


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8000",
        "ftp://host",
        "http://",
        "http://user:pw@host",
        "http://h?x=1",
        "http://h:99999",
        "http://h#x",
        "file:///etc/passwd",
    ],
)
def test_other_urls_are_refused(url):
    with pytest.raises(ValidationError):
        Params(service_url=url, timeout_s=1.0)
