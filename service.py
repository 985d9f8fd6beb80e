"""The recommendation service: lists over HTTP from the release that releases/current names.

usage   python service.py [--host 127.0.0.1] [--port 8000] [--releases releases] ...

    GET  /recommend/{user_id}?k=&exclude=&brand=&type=      a list
    POST /recommend                                         up to 100 lists, also of visitors
    GET  /similar/{product_id}?k=&exclude=&brand=&type=     products like one
    GET  /why/{user_id}?product=                            why a product is in a user's list
    GET  /health, /model_info, /metrics, /docs; /ops where it is switched on
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
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from recsys.program import venv

venv.enter(Path(__file__).parent)  # before what may not be there

from recsys.program import collector, determinism

determinism.apply()  # before numpy is loaded, therefore here
collector.look_rarely()

import typer
import uvicorn

from recsys.program.command_line import enter
from recsys.program.errors import ConfigError, DataError, InstanceError
from recsys.serving import attestation, memory, messages, token, why
from recsys.serving.counters import Counters
from recsys.serving.desk import Desk, Serving
from recsys.serving.http import (
    TEXT,
    App,
    Asked,
    Front,
    RefusedError,
    Reply,
    Route,
    json_reply,
    takes,
)
from recsys.serving.impressions import Impressions
from recsys.serving.impressions import check as check_impressions
from recsys.serving.lifespan import Lifespan
from recsys.serving.looking import looking
from recsys.serving.messages import Batch, Reload, parsed, reply
from recsys.serving.observed import Observed
from recsys.serving.one_write import OneWrite
from recsys.serving.pages import Pages
from recsys.serving.query import described, described_why, product_of, wish_of
from recsys.serving.recommender import Answer, Recommender, Wish
from recsys.serving.shop_page import shop_page
from recsys.serving.worker import Worker

log = logging.getLogger("service")

DRAIN_S = 10  # for requests that are under way when the service is told to stop
VARIABLES = tuple(
    f"RECOMMENDER_{name}"
    for name in ("RELEASES", "STATE", "IMPRESSIONS", "PORT", "WORKERS")
)
NO_MODEL = "no model is loaded: publish one with `python runner.py promote`"
EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": messages.EXAMPLE}}}
}
OF_USER = described("user_id", "2130", "A user id of your shop; any will do.")
OF_PRODUCT = described("product_id", "340585528", "A product id of your shop.")
OF_WHY = described_why("2130", "340585528")


@dataclass
class State:
    """What the routes share, and the routes."""

    desk: Desk
    worker: Worker
    token: str
    impressions: Impressions | None

    def routes(self) -> list[Route]:
        """All of them, as docs/service.md describes them."""
        one, like = "/recommend/{user_id}", "/similar/{product_id}"
        return [
            Route("GET", one, self.recommend, OF_USER, EXAMPLE),
            Route("POST", "/recommend", self.recommend_many, takes(Batch)),
            Route("GET", like, self.similar, OF_PRODUCT, EXAMPLE),
            Route("GET", "/why/{user_id}", self.why, OF_WHY),
            Route("GET", "/health", self.health),
            Route("GET", "/model_info", self.model_info),
            Route("POST", "/reload_model", self.reload_model, takes(Reload)),
            Route("GET", "/metrics", self.metrics),
            Route("GET", "/ops", self.ops),
        ]

    @property
    def serving(self) -> Serving:
        """The model that serves; HTTP 503 without one."""
        if self.desk.current is None:
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, NO_MODEL)
        return self.desk.current

    def shown(self, request_id: str, user: str | None, answer: Answer) -> None:
        """Count a list, and write it down if a log is kept."""
        self.worker.counters.lists[answer.how] += 1
        if self.impressions:
            products = [item.product_id for item in answer.items]
            self.impressions.shown(request_id, answer.model_id, user, products)
            self.worker.counters.lost = self.impressions.lost

    # ---- lists ----
    async def recommend(self, asked: Asked) -> Reply:
        """A user's list. Who is not known gets what new users get."""
        request_id, user = asked.request_id, asked.rest
        answer = self.serving.recommender.recommend(user, wish_of(asked.query))
        self.shown(request_id, user, answer)
        return json_reply(reply(request_id, answer, user_id=user))

    async def recommend_many(self, asked: Asked) -> Reply:
        """Up to 100 lists by one model: of users, of anonymous visitors by what they have just
        bought, of users with purchases that training does not know of yet.
        """
        batch = parsed(Batch, await asked.body())
        request_id, serving = asked.request_id, self.serving
        lists = []
        for who in batch.lists:
            answer = await _listed(serving.recommender, who.user_id, batch.wish(who))
            self.shown(request_id, who.user_id, answer)
            lists.append(reply(request_id, answer, user_id=who.user_id))
            await asyncio.sleep(0)  # others are answered in between
        about = {"request_id": request_id, "model_id": serving.model_id}
        return json_reply({**about, "lists": lists})

    async def similar(self, asked: Asked) -> Reply:
        """The products most like one."""
        wish = wish_of(asked.query)
        answer = self.serving.recommender.similar(asked.rest, wish)
        return json_reply(reply(asked.request_id, answer, product_id=asked.rest))

    async def why(self, asked: Asked) -> Reply:
        """Why a product stands where it does in a user's list, or what keeps it out."""
        recommender, product = self.serving.recommender, product_of(asked.query)
        # beside the loop: it ranks all products once a part
        found = await asyncio.to_thread(why.why, recommender, asked.rest, product)
        about = {"request_id": asked.request_id, "user_id": asked.rest}
        return json_reply({**about, **asdict(found)})

    # ---- for operators and for deploy ----
    async def health(self, _: Asked) -> Reply:
        """Whether lists are answered, and what is wrong if something is."""
        serving = self.desk.current
        shown = self.impressions.problem if self.impressions else ""
        problems = [self.desk.problem, self.desk.hidden.problem, shown]
        problem = "; ".join(filter(None, problems))
        about = {
            "status": ("degraded" if problem else "ok") if serving else "no model",
            "model_id": serving.model_id if serving else None,
            "model_loaded": serving is not None,
            "problem": problem,
        }
        return json_reply(about, 200 if serving else 503)

    async def model_info(self, _: Asked) -> Reply:
        """What is served."""
        return json_reply({**self.serving.about(), **self.worker.about()})

    async def reload_model(self, asked: Asked) -> Reply:
        """Load a model beside the one that serves, and let it take its place."""
        if not token.is_right(asked.header(b"authorization"), self.token):
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED,
                f"a bearer token is needed: {token.VARIABLE}, or state/{token.FILE}",
                [(b"www-authenticate", b"Bearer")],
            )
        wanted = parsed(Reload, await asked.body() or b"{}").model_id
        model_id = wanted or self.desk.pointed_at()
        try:
            serving = await asyncio.to_thread(self.worker.load, model_id)
        except DataError as error:
            self.worker.counters.reloads["refused"] += 1
            log.warning("refused to load %s: %s", model_id[:60], error)
            raise RefusedError(HTTPStatus.CONFLICT, str(error)) from None
        self.worker.counters.reloads["loaded"] += 1
        log.info("serving %s (generation %d)", serving.model_id, serving.generation)
        return json_reply({**serving.about(), **self.worker.about()})

    async def metrics(self, _: Asked) -> Reply:
        """Counters, for Prometheus."""
        about = self.desk.current.about() if self.desk.current else None
        return Reply(self.worker.counted().text(about).encode(), kind=TEXT)

    async def ops(self, _: Asked) -> Reply:
        """The page of the shop, where it is switched on."""
        return shop_page(self.desk.releases)


async def _listed(recommender: Recommender, user: str | None, wish: Wish) -> Answer:
    """A list; what takes long is done beside the loop, so that others are answered meanwhile."""
    if wish.bought and recommender.folding.is_slow:
        return await asyncio.to_thread(recommender.recommend, user, wish)
    return recommender.recommend(user, wish)


def app_of(state: State) -> App:
    """The service."""
    routes = state.routes()

    async def begin(stack: AsyncExitStack) -> None:
        if state.impressions:
            stack.callback(state.impressions.close)
        await stack.enter_async_context(looking(state.worker))

    app = Pages(Front(routes), routes)
    return Lifespan(Observed(app, state.worker.counters), begin)


def made() -> App:
    """The service as the environment describes it: each worker makes its own."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    memory.give_back_large_arrays()
    said = [os.environ.get(name, "") for name in VARIABLES]
    releases, state, impressions, port, workers = said
    counters = Counters(0 if impressions else None)
    desk, folder = Desk(Path(releases or "releases")), Path(state or "state")
    worker = Worker(
        desk, folder, int(port or 0), int(workers or 1), time.time, counters
    )
    log_of_lists = Impressions(Path(impressions)) if impressions else None
    return app_of(State(desk, worker, token.token(folder), log_of_lists))


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
    check_impressions(impressions)
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
        proxy_headers=False,  # nobody asks who the client is
        http=OneWrite,
        timeout_graceful_shutdown=DRAIN_S,
    )


def _check_that_it_is_free(host: str, port: int) -> None:
    """ConfigError if no server can listen there, InstanceError if another one does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
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
