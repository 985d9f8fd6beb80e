"""The recommendation service: lists over HTTP from the release that releases/current names.

usage   python service.py [--host 127.0.0.1] [--port 8000] [--releases releases] ...

    GET  /recommend/{user_id}?k=&exclude=&brand=&type=      a list
    POST /recommend                                         up to 100 lists, also of visitors
    GET  /similar/{product_id}?k=&exclude=&brand=&type=     products like one
    GET  /health, /model_info, /metrics, /docs
    POST /reload_model {"model_id": ...}                    with a bearer token

reads   releases/ (a release, current, hidden.txt), state/service.token
writes  state/service.token, if there is none; state/service/ (what each worker serves); an
        impression log, if one is named

It is light on purpose: neither MLflow nor torch, pandas or polars. Requests are answered one by one
by the thread that reads them; only loading a model has a thread of its own.
"""

import asyncio
import errno
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from recsys.program import determinism

determinism.apply()  # before numpy and numba are loaded, therefore here

import typer
import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from recsys.program.command_line import enter
from recsys.program.errors import ConfigError, DataError, InstanceError
from recsys.serving import attestation, messages, token
from recsys.serving.counters import Counters
from recsys.serving.desk import Desk, Serving
from recsys.serving.http import JSON, add_errors, body_of, takes
from recsys.serving.impressions import Impressions
from recsys.serving.looking import looking
from recsys.serving.messages import Batch, Reload, parsed, reply
from recsys.serving.observed import App, Observed
from recsys.serving.query import described, wish_of
from recsys.serving.recommender import Answer
from recsys.serving.worker import Worker

log = logging.getLogger("service")

DRAIN_S = 10  # for requests that are under way when the service is told to stop
VARIABLES = tuple(
    f"RECOMMENDER_{name}"
    for name in ("RELEASES", "STATE", "IMPRESSIONS", "PORT", "WORKERS")
)
NO_MODEL = "no model is loaded: publish one with `python runner.py promote`"


@dataclass
class State:
    """What the routes share."""

    desk: Desk
    worker: Worker
    counters: Counters
    token: str
    impressions: Impressions | None

    @property
    def serving(self) -> Serving:
        """The model that serves; HTTP 503 without one."""
        if self.desk.current is None:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, NO_MODEL)
        return self.desk.current

    def shown(self, request_id: str, user: str | None, answer: Answer) -> None:
        """Count a list, and write it down if a log is kept."""
        self.counters.lists[answer.how] += 1
        if self.impressions:
            products = [item.product_id for item in answer.items]
            self.impressions.shown(request_id, answer.model_id, user, products)


def app_of(state: State) -> App:
    """The service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with looking(state.worker):
            yield
        if state.impressions:
            state.impressions.close()

    app = FastAPI(
        title="Shop recommender", version="1", lifespan=lifespan, redoc_url=None
    )
    _add_lists(app, state)
    _add_operations(app, state)
    add_errors(app)
    return Observed(app, state.counters)


# ---- lists ----
def _add_lists(app: FastAPI, state: State) -> None:
    example: dict[int | str, dict[str, Any]] = {
        200: {"content": {"application/json": {"example": messages.EXAMPLE}}}
    }

    of_user = described("user_id", "2130", "A user id of your shop; any will do.")
    of_product = described("product_id", "340585528", "A product id of your shop.")

    @app.get("/recommend/{user_id:path}", responses=example, openapi_extra=of_user)
    async def recommend(request: Request) -> Response:
        """A user's list. Who is not known gets what new users get."""
        request_id, user = request.scope["request_id"], request.path_params["user_id"]
        wish = wish_of(request.scope["query_string"])
        answer = state.serving.recommender.recommend(user, wish)
        state.shown(request_id, user, answer)
        return JSON(reply(request_id, answer, user_id=user))

    @app.post("/recommend", openapi_extra=takes(Batch))
    async def recommend_many(request: Request) -> Response:
        """Up to 100 lists by one model: of users, of anonymous visitors by what they have just
        bought, of users with purchases that training does not know of yet.
        """
        batch = parsed(Batch, await body_of(request))
        request_id, serving = request.scope["request_id"], state.serving
        lists = []
        for who in batch.lists:
            answer = serving.recommender.recommend(who.user_id, batch.wish(who))
            state.shown(request_id, who.user_id, answer)
            lists.append(reply(request_id, answer, user_id=who.user_id))
            await asyncio.sleep(0)  # others are answered in between
        about = {"request_id": request_id, "model_id": serving.model_id}
        return JSON({**about, "lists": lists})

    @app.get("/similar/{product_id:path}", responses=example, openapi_extra=of_product)
    async def similar(request: Request) -> Response:
        """The products most like one."""
        product = request.path_params["product_id"]
        wish = wish_of(request.scope["query_string"])
        answer = state.serving.recommender.similar(product, wish)
        return JSON(reply(request.scope["request_id"], answer, product_id=product))


# ---- for operators and for deploy ----
def _add_operations(app: FastAPI, state: State) -> None:
    desk = state.desk

    @app.get("/health")
    async def health() -> Response:
        """Whether lists are answered, and what is wrong if something is."""
        serving, problems = desk.current, [desk.problem, desk.hide_list.problem]
        problem = "; ".join(filter(None, problems))
        about = {
            "status": ("degraded" if problem else "ok") if serving else "no model",
            "model_id": serving.model_id if serving else None,
            "model_loaded": serving is not None,
            "problem": problem,
        }
        return JSON(about, 200 if serving else 503)

    @app.get("/model_info")
    async def model_info() -> Response:
        """What is served."""
        return JSON({**state.serving.about(), **state.worker.about()})

    @app.post("/reload_model", openapi_extra=takes(Reload))
    async def reload_model(request: Request) -> Response:
        """Load a model beside the one that serves, and let it take its place."""
        if not token.is_right(request.headers.get("authorization"), state.token):
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED,
                f"a bearer token is needed: {token.VARIABLE}, or state/{token.FILE}",
                {"WWW-Authenticate": "Bearer"},
            )
        wanted = parsed(Reload, await body_of(request) or b"{}").model_id
        model_id = wanted or desk.pointed_at()
        try:
            serving = await asyncio.to_thread(state.worker.load, model_id)
        except DataError as error:
            state.counters.reloads["refused"] += 1
            log.warning("refused to load %s: %s", model_id[:60], error)
            raise HTTPException(HTTPStatus.CONFLICT, str(error)) from None
        state.counters.reloads["loaded"] += 1
        log.info("serving %s (generation %d)", serving.model_id, serving.generation)
        return JSON({**serving.about(), **state.worker.about()})

    @app.get("/metrics")
    async def metrics() -> Response:
        """Counters, for Prometheus."""
        text = state.counters.text(desk.current.about() if desk.current else None)
        return Response(text, media_type="text/plain; version=0.0.4")


def made() -> App:
    """The service as the environment describes it: each worker makes its own."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    said = [os.environ.get(name, "") for name in VARIABLES]
    releases, state, impressions, port, workers = said
    desk, folder = Desk(Path(releases or "releases")), Path(state or "state")
    return app_of(
        State(
            desk,
            Worker(desk, folder, int(port or 0), int(workers or 1), time.time),
            Counters(),
            token.token(folder),
            Impressions(Path(impressions)) if impressions else None,
        )
    )


def main(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    releases: Path = Path("releases"),
    state: Path = Path("state"),
    impressions: Annotated[str, typer.Option(help="a file to log lists in")] = "",
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that are under way are answered first."""
    token.token(state)  # refused here, once, not in each worker
    _check_that_it_is_free(host, port)
    attestation.begin(state, port)
    said = (releases, state, impressions, port, workers)
    os.environ |= dict(zip(VARIABLES, map(str, said), strict=True))
    uvicorn.run(
        "service:made",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )


def _check_that_it_is_free(host: str, port: int) -> None:
    """ConfigError if no server can listen there, InstanceError if another one does."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InstanceError(
                f"{host}:{port}: another program listens there; stop it, or take another --port"
            ) from None
        raise ConfigError(
            f"{host}:{port}: cannot listen there ({error}); set --host and --port"
        ) from None


if __name__ == "__main__":
    enter(main, "service.py")
