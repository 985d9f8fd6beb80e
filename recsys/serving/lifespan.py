"""What a service begins with and ends with, as the ASGI server asks for it."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from recsys.serving.http import App, Receive, Scope, Send

log = logging.getLogger("service")


class Lifespan:
    """An app with a beginning, whose ends are put on a stack."""

    def __init__(
        self, app: App, begin: Callable[[AsyncExitStack], Awaitable[None]]
    ) -> None:
        self.app, self.begin = app, begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self.app(scope, receive, send)
        else:  # a WebSocket: there is none here
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            await receive()
            try:
                await self.begin(stack)
            except Exception as error:  # whatever it is: the server is told, and ends
                log.exception("the service cannot begin")
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
