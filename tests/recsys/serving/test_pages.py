"""The pages that describe the routes: made when somebody looks, once."""

import asyncio
from typing import Any

from recsys.serving.http import Asked, Reply, Route, json_reply
from recsys.serving.pages import Pages, described


async def answers(_: Asked) -> Reply:
    """What it answers."""
    return json_reply({})


ROUTES = [
    Route("GET", "/a/{id}", answers, {"parameters": [{"name": "id", "in": "path"}]}),
    Route("POST", "/a", answers),
]


def test_each_route_is_described_by_its_words() -> None:
    said = described(ROUTES).openapi()["paths"]
    assert said["/a/{id}"]["get"]["description"] == "What it answers."
    assert said["/a/{id}"]["get"]["parameters"] == [{"name": "id", "in": "path"}]
    assert list(said["/a"]) == ["post"]


def test_other_paths_never_load_it() -> None:
    passed: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope["path"])

    pages = Pages(app, ROUTES)

    async def ask(path: str) -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "headers": [],
            "query_string": b"",
        }
        await pages(scope, None, send)  # type: ignore[arg-type]  # it reads no body
        return sent

    assert asyncio.run(ask("/a/1")) == []
    assert (passed, pages.made) == (["/a/1"], None)
    assert asyncio.run(ask("/openapi.json"))[0]["status"] == 200
    made = pages.made
    assert asyncio.run(ask("/docs"))[0]["status"] == 200
    assert pages.made is made is not None
