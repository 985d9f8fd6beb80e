"""Around a request: an id, a count, and an answer even to a bug."""

import asyncio
import logging
from typing import Any

import pytest

from recsys.serving.counters import Counters
from recsys.serving.http import Receive, Scope, Send
from recsys.serving.observed import Observed, request_id_of


def sent_by(app: Any, counters: Counters, **scope: Any) -> list[Any]:
    """What an app sends for one request."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    whole = {"type": "http", "headers": [], **scope}
    asyncio.run(Observed(app, counters)(whole, receive, send))
    return sent


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["request_id"].encode()})


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError


async def fails_half_way(scope: Scope, receive: Receive, send: Send) -> None:
    await answers(scope, receive, send)
    raise ZeroDivisionError


def test_an_answer_carries_its_id_and_is_counted() -> None:
    counters = Counters()
    start, body = sent_by(answers, counters, headers=[(b"x-request-id", b"r-1")])
    assert (b"x-request-id", b"r-1") in start["headers"]
    assert body["body"] == b"r-1"
    assert counters.requests == {("unknown", 200): 1}


@pytest.mark.parametrize("name", [b"", b"a b", b"x" * 65, b"\xff", b"r\r\nx: y"])
def test_an_id_that_is_no_plain_word_is_replaced(name: bytes) -> None:
    assert len(request_id_of({"headers": [(b"x-request-id", name)]})) == 16


def test_a_bug_is_a_500_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    with caplog.at_level(logging.ERROR):
        start, body = sent_by(fails, counters)
    assert start["status"] == 500
    assert b"ZeroDivisionError" not in body["body"]
    assert "ZeroDivisionError" in caplog.text
    assert counters.requests == {("unknown", 500): 1}


def test_half_an_answer_breaks_the_connection() -> None:
    counters = Counters()
    with pytest.raises(ZeroDivisionError):
        sent_by(fails_half_way, counters)
    assert sum(counters.requests.values()) == 1
