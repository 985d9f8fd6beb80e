"""What all routes of the service share: requests, JSON answers, bodies of a bounded size, refusals.

It is plain ASGI: a framework around a route costs more than a list does.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

from recsys.program.errors import ConfigError, DataError
from recsys.serving import messages

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

JSON = b"application/json"
TEXT = b"text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Asked:
    """A request."""

    scope: Scope
    receive: Receive
    rest: str = ""  # of the path, behind the route: an id

    @property
    def request_id(self) -> str:
        return str(self.scope["request_id"])

    @property
    def query(self) -> bytes:
        return bytes(self.scope["query_string"])

    def header(self, wanted: bytes) -> str | None:
        """The value of a header, named in small letters."""
        for name, value in self.scope["headers"]:
            if name == wanted:
                return str(value.decode("latin-1"))
        return None

    async def body(self) -> bytes:
        """The whole body. RefusedError 413 if it is too large, however long it says it is."""
        body, more = bytearray(), True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(HTTPStatus.BAD_REQUEST, "the body was cut off")
            body += message.get("body", b"")
            if len(body) > messages.LARGEST:
                raise RefusedError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"a body of more than {messages.LARGEST} bytes",
                )
            more = message.get("more_body", False)
        return bytes(body)


@dataclass(slots=True)
class Reply:
    """An answer."""

    body: bytes
    status: int = 200
    kind: bytes = JSON
    headers: Headers = field(default_factory=list)

    async def send(self, send: Send) -> None:
        """The whole answer."""
        length = str(len(self.body)).encode()
        headers = [(b"content-type", self.kind), (b"content-length", length)]
        status, more = self.status, self.headers
        await send(
            {"type": "http.response.start", "status": status, "headers": headers + more}
        )
        await send({"type": "http.response.body", "body": self.body})


class RefusedError(Exception):
    """A request is refused with a status and a message."""

    def __init__(self, status: int, message: str, headers: Headers | None = None):
        super().__init__(message)
        self.status, self.headers = status, headers or []


Handler = Callable[[Asked], Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """What answers a path; one that ends in {...} takes all that follows there."""

    method: str
    path: str
    handler: Handler
    described: dict[str, Any] = field(default_factory=dict)  # for the OpenAPI page
    examples: dict[int | str, dict[str, Any]] = field(default_factory=dict)


def json_reply(value: Any, status: int = 200, headers: Headers | None = None) -> Reply:
    """An answer by orjson."""
    return Reply(orjson.dumps(value), status, JSON, headers or [])


class Front:
    """The routes, and the one message of every refusal."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.exact: dict[str, dict[str, Route]] = {}
        self.open: dict[str, dict[str, Route]] = {}  # by what stands before the id
        for route in routes:
            known = self.open if route.path.endswith("}") else self.exact
            place = route.path.partition("{")[0]
            known.setdefault(place, {})[route.method] = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            route, rest = self._found(scope["method"], scope["path"])
            scope["route_path"] = route.path
            reply = await route.handler(Asked(scope, receive, rest))
        except RefusedError as error:
            reply = _refusal(scope, error.status, str(error), error.headers)
        except ConfigError as error:
            reply = _refusal(scope, 400, str(error))
        except DataError as error:
            reply = _refusal(scope, 404, str(error))
        await reply.send(send)

    def _found(self, method: str, path: str) -> tuple[Route, str]:
        methods, rest = self.exact.get(path), ""
        if (
            methods and method == "HEAD"
        ):  # the server sends the head alone; no list is shown
            method = "GET"
        if methods is None:
            begin = path.find("/", 1) + 1
            methods, rest = self.open.get(path[:begin]), path[begin:]
        if methods is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "Not Found")
        if method not in methods:
            allowed = ", ".join(methods).encode()
            raise RefusedError(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "Method Not Allowed",
                [(b"allow", allowed)],
            )
        return methods[method], rest


def _refusal(
    scope: Scope, status: int, message: str, headers: Headers | None = None
) -> Reply:
    about = {"error": message, "request_id": scope["request_id"]}
    return json_reply(about, status, headers)


def takes(body: type[messages.Body]) -> dict[str, Any]:
    """The part of the OpenAPI page that describes a body which is read by hand."""
    schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
    defined = schema.pop("$defs", {})
    if defined:  # one level: written out in place
        schema["properties"]["lists"]["items"] = next(iter(defined.values()))
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"content": content, "required": True}}
