"""Around every request: its id, its time, its count, and an answer whatever happens inside.

A plain ASGI wrapper: it costs a few microseconds a request.
"""

import logging
import re
import secrets
import time

import orjson

from recsys.serving.counters import Counters
from recsys.serving.http import App, Message, Receive, Scope, Send

log = logging.getLogger("service")

GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
HEADER = b"x-request-id"
BUG = "a bug: the service's log has it under this request_id"


def request_id_of(scope: Scope) -> str:
    """The id that the caller gave, if it is a plain word; else a new one."""
    for name, value in scope["headers"]:
        if name == HEADER and GOOD_ID.fullmatch(value):
            return str(value.decode())
    return secrets.token_hex(8)


class Observed:
    """An app whose requests are counted; `scope["request_id"]` is set inside."""

    def __init__(self, app: App, counters: Counters) -> None:
        self.app, self.counters = app, counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, code = time.perf_counter(), 0
        request_id = scope["request_id"] = request_id_of(scope)

        async def send_with_id(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (HEADER, request_id.encode()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:  # here ends what nobody has foreseen: logged, and a 500
            log.exception("request %s", request_id)
            if code:  # half an answer is out: the connection has to break
                raise
            await _answer_with_a_bug(send_with_id, request_id)
        finally:
            route = scope.get("route_path", "unknown")
            self.counters.request(route, code, time.perf_counter() - began)


async def _answer_with_a_bug(send: Send, request_id: str) -> None:
    body = orjson.dumps({"error": BUG, "request_id": request_id})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
