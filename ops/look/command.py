"""`python runner.py look`: a page on which people see what customers get, and why.

reads   what ops/recommendations/source.py says; state/runner.db (which model was there before)
writes  nothing

It listens on this machine only, until Ctrl-C.
"""

import errno
import signal
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy import deployment_log, production
from ops.deploy.releases import Places
from ops.look.answers import Desk
from ops.look.server import HOST, Server
from ops.recommendations.recommend import Model
from ops.recommendations.source import Source, choose
from recsys.program.command_line import enter
from recsys.program.errors import DataError, InstanceError
from recsys.serving.recommender import Recommender

WARM_UP = "a"  # a search; what it needs is made before the first one
Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")]
Beside = Annotated[
    str | None,
    typer.Option(
        "--beside",
        metavar="ID",
        help="Another model; else the one that was live before.",
    ),
]


def former(root: Path, model_id: str) -> str | None:
    """The newest model that ran in production before, other than this one; None without one."""
    rows = deployment_log.rows(root / "state" / deployment_log.DATABASE)
    for one in reversed(production.deployments(rows)):
        for other in (one.model_id, one.former_model_id):
            if one.ran and other and other != model_id:
                return other
    return None


def beside(places: Places, model_id: str, wanted: str | None) -> Recommender | None:
    """The model to show beside. DataError if the one that is `wanted` cannot be had; a former one
    that is gone is passed over.
    """
    if wanted is not None:
        return choose(places, wanted).recommender
    found = former(places.root, model_id)
    try:
        return choose(places, found).recommender if found else None
    except DataError:
        return None


def about(source: Source, other: Recommender | None) -> str:
    """Which models answer."""
    said = f"Model {source.recommender.model_id}, {source.where}"
    if other is None:
        return f"{said}; there is no former model to show beside it"
    return f"{said}; beside it {other.model_id}"


def opened(port: int, desk: Desk, says: str) -> Server:
    """The server. InstanceError if the port is taken."""
    try:
        return Server(port, desk, says)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise InstanceError(
            f"{HOST}:{port}: another program listens there; take another --port"
        ) from None


def main(port: Port = 8001, model: Model = None, other: Beside = None) -> None:
    """Open a page on this machine to search customers and products, until Ctrl-C."""
    places = Places(Path())
    source = choose(places, model)
    second = beside(places, source.recommender.model_id, other)
    desk = Desk(source.recommender, second)
    desk.search.find(WARM_UP)
    # told to end by another process, it ends as by Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with opened(port, desk, about(source, second)) as server:
        print(f"open  {server.address}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("closed")


if __name__ == "__main__":
    enter(main, "runner.py look")
