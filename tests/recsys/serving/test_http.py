"""What the routes share: requests, answers, refusals; tests/test_service.py asks the service."""

import asyncio
from typing import Any

import pytest

from recsys.program.errors import ConfigError, DataError
from recsys.serving import http
from recsys.serving.http import Asked, Front, RefusedError, Reply, Route
from recsys.serving.messages import LARGEST, Batch, Reload
from recsys.serving.recommender import Item


def asked(app: Any, method: str, path: str, *bodies: Any) -> list[Any]:
    """What is sent for a request; its body comes in pieces."""
    sent: list[Any] = []
    left = list(bodies)

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return left.pop(0)

    scope = {"method": method, "path": path, "request_id": "r", "query_string": b"k=1"}
    asyncio.run(app(scope | {"headers": [(b"a", b"b")]}, receive, send))
    return sent


def piece(content: bytes, more: bool = False) -> dict[str, object]:
    return {"type": "http.request", "body": content, "more_body": more}


async def says(request: Asked) -> Reply:
    return http.json_reply([request.rest, request.header(b"a"), request.query.decode()])


async def repeats(request: Asked) -> Reply:
    return Reply(await request.body())


def raising(error: Exception) -> http.Handler:
    async def handler(_: Asked) -> Reply:
        raise error

    return handler


FRONT = Front(
    [
        Route("GET", "/exact", says),
        Route("POST", "/exact", repeats),
        Route("GET", "/open/{id}", says),
        Route("GET", "/config", raising(ConfigError("a wrong query"))),
        Route("GET", "/data", raising(DataError("no such product"))),
        Route("GET", "/no", raising(RefusedError(401, "no", [(b"x", b"y")]))),
    ]
)


def test_an_answer_is_json_of_plain_values_and_items() -> None:
    item = Item("p1", "Kem đ", 1.5, {"factors": 1.5})
    assert http.json_reply({"items": [item]}).body.decode() == (
        '{"items":[{"product_id":"p1","name":"Kem đ","score":1.5,'
        '"parts":{"factors":1.5}}]}'
    )


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/exact", ""),
        ("/open/", ""),
        ("/open/u0", "u0"),
        ("/open/a/b/", "a/b/"),
        ("/open//", "/"),
    ],
)
def test_a_route_takes_what_follows(path: str, rest: str) -> None:
    start, body = asked(FRONT, "GET", path)
    assert start["status"] == 200
    assert (b"content-length", str(len(body["body"])).encode()) in start["headers"]
    assert body["body"] == b'["%s","b","k=1"]' % rest.encode()


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/", 404, b"Not Found"),
        ("GET", "", 404, b"Not Found"),
        ("GET", "/open", 404, b"Not Found"),
        ("GET", "/exact/", 404, b"Not Found"),
        ("PUT", "/exact", 405, b"Method Not Allowed"),
        ("GET", "/config", 400, b"a wrong query"),
        ("GET", "/data", 404, b"no such product"),
        ("GET", "/no", 401, b"no"),
    ],
)
def test_a_refusal_is_one_message(
    method: str, path: str, status: int, words: bytes
) -> None:
    start, body = asked(FRONT, method, path)
    assert start["status"] == status
    assert body["body"] == b'{"error":"%s","request_id":"r"}' % words
    if status == 405:
        assert (b"allow", b"GET, POST") in start["headers"]
    if status == 401:
        assert (b"x", b"y") in start["headers"]


def test_a_body_comes_in_pieces_and_is_bounded() -> None:
    pieces = piece(b"ab", True), piece(b"", True), piece(b"c")
    assert asked(FRONT, "POST", "/exact", *pieces)[1]["body"] == b"abc"
    half = piece(b"x" * (LARGEST // 2 + 1), True)
    assert asked(FRONT, "POST", "/exact", half, half)[0]["status"] == 413
    gone = {"type": "http.disconnect"}
    assert asked(FRONT, "POST", "/exact", piece(b"a", True), gone)[0]["status"] == 400


def test_bodies_are_described_without_references() -> None:
    for kind in (Batch, Reload):
        described = http.takes(kind)["requestBody"]
        assert "$ref" not in str(described)
        assert described["content"]["application/json"]["schema"]["examples"]
