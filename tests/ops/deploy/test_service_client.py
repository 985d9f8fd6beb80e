"""The service client against a real server on this machine: looks, refusals, and what is no answer
of a service.
"""

import json
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from ops.deploy.service_client import Info, Params, Service, info_of, service
from ops.deploy.transport import OfflineError, UnclearError
from recsys.program.errors import ServiceError
from tests.ops.fake_service import info_of as said_of

SHARED = (
    Path(__file__).parents[4] / "shared" / "torture" / "jsontestsuite" / "test_parsing"
)
RIGHT = json.dumps(said_of("als-1")).encode()


def _send(handler, status, body=b"", **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_loads_and_says_what_it_serves(fake):
    state, client = fake
    assert client.look().verdict == "up"
    assert client.check_health() == ""
    state.problem = "hidden.txt: not UTF-8\n text"
    assert client.check_health() == "hidden.txt: not UTF-8 text"
    assert client.info_if_any() is None
    client.reload("als-1")
    assert client.info() == client.info_if_any()
    assert (client.info().model_id, client.info().generation) == ("als-1", 2)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b"{}", "up"),
        (204, b"{}", "up"),
        (503, b'{"status": "no model"}', "up"),
        (503, b"<html>busy</html>", "unclear"),
        (200, b"<html>welcome</html>", "unclear"),
        (200, b"[]", "unclear"),
        (200, b"", "unclear"),
        (302, b"{}", "unclear"),
        (404, b"{}", "unclear"),
        (500, b"{}", "unclear"),
    ],
)
def test_up_or_unclear(fake, status, body, verdict):
    state, client = fake
    state.answer = lambda handler: _send(
        handler, status, b"" if status == 204 else body
    )
    wanted = "unclear" if status == 204 else verdict  # it has no body at all
    assert client.look().verdict == wanted


def test_down_and_slow(fake, offline):
    assert offline.look().verdict == "down"
    state, client = fake
    state.answer = lambda _: time.sleep(0.5)
    assert Service(client.url, 0.1).look().verdict == "unclear"


def test_http_500_is_an_error(fake):
    state, client = fake
    state.answer = lambda handler: _send(handler, 500, b"no model")
    for call in (client.check_health, client.info, lambda: client.reload("als-1")):
        with pytest.raises(ServiceError, match="HTTP 500 'no model'") as caught:
            call()
        assert not isinstance(caught.value, OfflineError)


def test_a_service_that_repeats_the_token_gets_it_into_no_message(fake):
    state, client = fake
    secret = "-".join(("a", "token", "that", "nobody", "sees"))
    state.answer = lambda handler: _send(handler, 500, secret.encode())
    with pytest.raises(ServiceError, match=r"HTTP 500 '\*\*\*'"):
        Service(client.url, 5.0, secret).reload("als-1")
    assert secret not in repr(Service(client.url, 5.0, secret))


def test_what_is_asked_after_the_end_is_unclear(fake):
    _, client = fake
    assert client.within(time.monotonic() + 2).timeout_s <= 2
    assert client.within(time.monotonic() + 99).timeout_s == client.timeout_s
    with pytest.raises(UnclearError, match=r"deploy\.verify_s"):
        client.within(time.monotonic())


def test_lists_are_read(fake):
    state, client = fake
    paths = []

    def answer(handler):
        paths.append(handler.path)
        items = [{"product_id": "p1", "score": 1.0}, {"product_id": "p2"}]
        body = {"model_id": "als-1", "items": items, "more": None}
        _send(handler, 200, json.dumps(body).encode())

    state.answer = answer
    query = {"k": 2, "exclude": ["p3", "p 4"]}
    assert client.recommend("a/b é", query) == ("als-1", ["p1", "p2"])
    assert client.similar("p/1", {"k": 1}) == ("als-1", ["p1", "p2"])
    assert paths == [
        "/recommend/a%2Fb%20%C3%A9?k=2&exclude=p3&exclude=p+4",
        "/similar/p%2F1?k=1",
    ]


def test_a_list_that_is_none(fake):
    state, client = fake
    for body in (b'{"model_id": "x"}', b'{"model_id": "x", "items": [1]}', b"[]"):
        state.answer = lambda handler, body=body: _send(handler, 200, body)
        with pytest.raises(ServiceError, match="is this the service"):
            client.recommend("u", {})


# ---- what is sent ----


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"als-1",
        b"[]",
        b"null",
        b"{}",
        b'{"model_id": "als-1"}',
        RIGHT.replace(b'"als-1"', b"1"),
        RIGHT.replace(b'"als-1"', b"null"),
        RIGHT.replace(b'"als-1"', b'["als-1"]'),
        RIGHT.replace(b'"generation": 1', b'"generation": 0'),
        RIGHT.replace(b'"generation": 1', b'"generation": true'),
        RIGHT.replace(b'"generation": 1', b'"generation": "1"'),
        RIGHT.replace(b"0" * 20, b"0" * 19),
        RIGHT.replace(b"0" * 20, b"Z" * 20),
        RIGHT[:-1],
        RIGHT[:-1] + b', "x": NaN}',
        b"\xef\xbb\xbf" + RIGHT,
        RIGHT.replace(b"als", b"\xff"),
        RIGHT.decode().encode("utf-16"),
        b"[" * 60_000,
        RIGHT[:-1] + b', "n": ' + b"9" * 60_000 + b"}",
    ],
)
def test_anything_but_an_object_with_a_text_id_is_refused(body):
    with pytest.raises(ServiceError, match="is this the service"):
        info_of(body, "here")


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the JSON test suite is not on this machine"
)
def test_every_invalid_file_of_the_json_test_suite_is_refused():
    files = sorted(SHARED.glob("n_*.json"))
    assert len(files) > 100
    for path in files:
        with pytest.raises(ServiceError):
            info_of(path.read_bytes(), path.name)
        wrapped = RIGHT[:-1] + b', "x": ' + path.read_bytes() + b"}"
        try:
            json.loads(wrapped)
        except (ValueError, RecursionError):
            with pytest.raises(ServiceError):
                info_of(wrapped, path.name)


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the JSON test suite is not on this machine"
)
def test_every_valid_file_of_the_json_test_suite_may_stand_beside_it():
    for path in sorted(SHARED.glob("y_*.json")):
        body = RIGHT[:-1] + b', "x": ' + path.read_bytes() + b"}"
        assert info_of(body, path.name) == Info(**said_of("als-1"))


# ---- params ----
def params_of(url: str) -> Params:
    return Params(service_url=url, timeout_s=1.0, verify_s=3.0, delisted_after_days=0.0)


def test_no_url_is_no_service():
    assert service(params_of("")) is None


def test_a_slash_at_the_end_does_not_matter():
    params = params_of("http://127.0.0.1:8000/")
    assert service(params) == Service("http://127.0.0.1:8000", 1.0, "", 3.0)


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
        params_of(url)
