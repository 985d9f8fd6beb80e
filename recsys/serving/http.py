"""What all routes of the service share: JSON answers, bodies of a bounded size, and refusals."""

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from recsys.program.errors import ConfigError, DataError
from recsys.serving import messages


class JSON(Response):
    """An answer by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def takes(body: type[messages.Body]) -> dict[str, Any]:
    """The part of the OpenAPI page that describes a body which is read by hand."""
    schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
    defined = schema.pop("$defs", {})
    if defined:  # one level: written out in place
        schema["properties"]["lists"]["items"] = next(iter(defined.values()))
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"content": content, "required": True}}


async def body_of(request: Request) -> bytes:
    """The whole body. HTTP 413 if it is too large, however long it says it is."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > messages.LARGEST:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"a body of more than {messages.LARGEST} bytes",
            )
    return bytes(body)


def add_errors(app: FastAPI) -> None:
    """Every refusal is one message with the request's id."""

    def said(
        code: int, message: str, request: Request, headers: Any = None
    ) -> Response:
        about = {"error": message, "request_id": request.scope["request_id"]}
        return JSON(about, code, headers)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return said(error.status_code, error.detail, request, error.headers)

    @app.exception_handler(ConfigError)
    async def wrong(request: Request, error: ConfigError) -> Response:
        return said(400, str(error), request)

    @app.exception_handler(DataError)
    async def unknown(request: Request, error: DataError) -> Response:
        return said(404, str(error), request)
