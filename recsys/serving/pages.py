"""The OpenAPI page of the service, at /docs and /openapi.json.

FastAPI makes it; it is loaded when somebody first looks, in a thread of its own, because its import
takes longer than the service needs to start.
"""

import asyncio
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from recsys.serving.http import App, Receive, Route, Scope, Send

if TYPE_CHECKING:
    from fastapi import FastAPI

PATHS = ("/docs", "/openapi.json")


class Pages:
    """The app in front, with the pages that describe its routes beside it."""

    def __init__(self, app: App, routes: Iterable[Route]) -> None:
        self.app, self.routes = app, list(routes)
        self.made: FastAPI | None = None
        self.one_at_a_time = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] not in PATHS:
            await self.app(scope, receive, send)
            return
        scope["route_path"] = scope["path"]
        pages = self.made
        if pages is None:
            pages = await asyncio.to_thread(self._make)
        await pages(scope, receive, send)

    def _make(self) -> "FastAPI":
        with self.one_at_a_time:
            made = self.made or described(self.routes)
            self.made = made
        return made


def described(routes: Iterable[Route]) -> "FastAPI":
    """An app that has these routes only to describe them."""
    from fastapi import FastAPI

    app = FastAPI(title="Shop recommender", version="1", redoc_url=None)
    for route in routes:

        async def asked_elsewhere() -> None:
            """The routes are answered by the app in front."""

        asked_elsewhere.__name__ = route.handler.__name__
        asked_elsewhere.__doc__ = route.handler.__doc__
        app.add_api_route(
            route.path,
            asked_elsewhere,
            methods=[route.method],
            responses=route.examples,
            openapi_extra=route.described,
        )
    app.openapi()
    return app
