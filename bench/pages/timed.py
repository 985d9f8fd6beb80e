"""One page of the project in the working folder, made by the code that makes it there, and timed.

usage   cd PROJECT && python -m bench.pages.timed PAGE
            PAGE    index, model, evaluation, drift or look
writes  wall seconds, CPU seconds and bytes of the page, to the terminal

Imports are not counted, nor what a stage does before it makes its page: of `evaluation` and `drift`
only the page is timed, of `index` and `model` all that `runner.py pages` reads for it, of `look`
the slowest and the largest of some answers over HTTP, with each of the trained models beside.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import requests
import yaml

ASKED = 20  # questions of each kind
PRODUCTS = Path("data/merged/products.parquet")
USERS = Path("data/processed/users.parquet")


class Took(NamedTuple):
    """What a page took, and how large it is."""

    wall: float  # seconds
    cpu: float
    size: int  # bytes


def timed(make: Callable[[], str]) -> Took:
    """The cost of a page."""
    wall, cpu = time.perf_counter(), time.process_time()
    html = make()
    return Took(
        time.perf_counter() - wall, time.process_time() - cpu, len(html.encode())
    )


def index() -> Took:
    """The page of the shop."""
    from ops.pages import overview, seen

    def make() -> str:
        now = datetime.now(UTC)
        found = seen.look(Path(), Path("params.yaml"), now)
        return overview.page(found, now, found.pages)

    return timed(make)


def model() -> Took:
    """The page of the newest model that is registered."""
    from ops.pages import cards

    return timed(lambda: cards.page(cards.cards(Path("mlruns"))[0], {}))


def inside(module: Any, function: str, run: Callable[[], object]) -> Took:
    """The cost of the page that a function of a module makes while something else runs."""
    made, found = getattr(module, function), []

    def call(*given: Any) -> str:
        html: list[str] = []
        found.append(timed(lambda: html.append(made(*given)) or html[0]))
        return html[0]

    setattr(module, function, call)
    run()
    return found[0]


def of_stage(name: str, module: str, function: str) -> Took:
    """The page of a stage, which is run by its line in dvc.yaml."""
    stage = import_module(f"stages.{name}")
    pipeline = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))
    words = pipeline["stages"][name]["cmd"].split()
    return inside(
        import_module(module), function, lambda: stage.main(*map(Path, words[3:]))
    )


def look() -> Took:
    """The slowest answer of the look: any customer, any product, both, and searches."""
    from ops.deploy.releases import Places
    from ops.look.answers import Desk
    from ops.look.command import WARM_UP
    from ops.look.server import Server
    from ops.recommendations.source import choose
    from recsys.serving import trained

    places = Places(Path())
    live = choose(places, None).recommender
    known = trained.ids(places.models, places.mlruns)
    other = next(each for each in known if each != live.model_id)
    desk = Desk(live, choose(places, other).recommender)
    desk.search.find(WARM_UP)
    with Server(0, desk, "a measurement") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        took = [
            timed(lambda form=form: asked(server.address, form))  # type: ignore[misc]  # bound now
            for form in forms()
        ]
        server.shutdown()
        thread.join()
    return Took(*map(max, zip(*took, strict=True)))


def asked(address: str, form: dict[str, str]) -> str:
    """The page that answers a form."""
    answer = requests.post(address, data=form, timeout=60)
    answer.raise_for_status()
    return answer.text


def forms() -> Iterator[dict[str, str]]:
    """What is asked of the look."""
    rng = np.random.default_rng(7)
    users = pl.read_parquet(USERS)["user_id"].cast(pl.String).to_list()
    products = pl.read_parquet(PRODUCTS)
    names = products["product_name"].fill_null("").to_list()
    ids = products["product_id"].cast(pl.String).to_list()
    for _ in range(ASKED):
        user, product, name = (
            each[rng.integers(len(each))] for each in (users, ids, names)
        )
        yield {"user": user}
        yield {"user": user, "product": product}
        yield {"product": product}
        yield {"find": user[:3]}
        yield {"find": name[:20]}


PAGES: dict[str, Callable[[], Took]] = {
    "index": index,
    "model": model,
    "evaluation": lambda: of_stage("evaluate", "stages.evaluate", "page_of"),
    "drift": lambda: of_stage("drift", "recsys.reports.drift", "page"),
    "look": look,
}


if __name__ == "__main__":
    print("TOOK", *PAGES[sys.argv[1]]())
