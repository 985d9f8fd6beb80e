"""The beginning and the end of a service: what was begun is ended, a failure is told."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from recsys.serving.lifespan import Lifespan


def live(begin: Any) -> list[str]:
    """What is sent and done in a life."""
    seen: list[str] = []

    async def send(message: Any) -> None:
        seen.append(message["type"])

    async def receive() -> Any:
        return {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append("asked")

    async def whole() -> None:
        lifespan = Lifespan(app, lambda stack: begin(stack, seen))
        await lifespan({"type": "lifespan"}, receive, send)
        await lifespan({"type": "http"}, receive, send)
        await lifespan({"type": "websocket"}, receive, send)

    asyncio.run(whole())
    return seen


def test_it_begins_and_ends() -> None:
    async def begin(stack: AsyncExitStack, seen: list[str]) -> None:
        seen.append("begun")
        stack.callback(seen.append, "ended")

    assert live(begin) == [
        "begun",
        "lifespan.startup.complete",
        "ended",
        "lifespan.shutdown.complete",
        "asked",
        "websocket.close",
    ]


def test_what_cannot_begin_is_told() -> None:
    told: list[list[str]] = []

    async def begin(stack: AsyncExitStack, seen: list[str]) -> None:
        told.append(seen)
        raise OSError("no such disk")

    with pytest.raises(OSError, match="no such disk"):
        live(begin)
    assert told == [["lifespan.startup.failed"]]
