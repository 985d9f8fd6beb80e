"""`python runner.py pages`: the page of the shop, and a page a model, made of what is there now.

reads   what ops/pages/seen.py and ops/pages/cards.py say; params.yaml (pages, runner.zone)
writes  reports/index.html, reports/models/ID.html; releases/ops.html if `pages.in_service` is on

The runner makes them again after each of its jobs (ops/scheduler/page_maker.py). What cannot be
read is said on the page: a page with a hole says more than none.
"""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.pages import cards, overview, seen
from recsys.files.atomic import write_text
from recsys.program import params as parameters
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError
from recsys.serving.shop_page import FILE, Params

INDEX = Path("reports") / "index.html"
MODELS = Path("reports") / "models"
HOME = {"../index.html": "The shop's recommender"}
SHOWN = 6  # models that the page of the shop links to
Quiet = Annotated[bool, typer.Option("--quiet", help="Say only what goes wrong.")]


def make(root: Path, params: Path, now: datetime) -> Path:
    """Write all pages of the project at `root`; where the first one stands from there.

    DiskError if they cannot be written.
    """
    found = seen.look(root, params, now)
    known = seen.tried(lambda: cards.cards(root / "mlruns")).value or []
    others = dict(found.pages)
    links = others | {f"models/{card.file}": card.model_id for card in known[:SHOWN]}
    _write(root / INDEX, overview.page(found, now, links))
    for card in known:
        _write(root / MODELS / card.file, cards.page(card, HOME))
    _remove_others(root / MODELS, {card.file for card in known})
    _for_the_service(root / "releases" / FILE, params, found, now)
    return INDEX


def _write(path: Path, html: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, html)


def _remove_others(folder: Path, known: set[str]) -> None:
    """Pages of models that are registered no more."""
    if not known:  # a registry that cannot be read takes no page away
        return
    for path in folder.glob("*.html"):
        if path.name not in known:
            path.unlink(missing_ok=True)


def _for_the_service(path: Path, params: Path, found: seen.Seen, now: datetime) -> None:
    """The same page without links, as others are not served; none where it is switched off, or
    params.yaml cannot say.
    """
    is_on = False
    with suppress(ConfigError):
        is_on = parameters.load(Params, "pages", params).in_service
    if is_on:
        _write(path, overview.page(found, now, {}))
    else:
        path.unlink(missing_ok=True)


def main(quiet: Quiet = False, params: Path = Path(PARAMS_FILE)) -> None:
    """Make reports/index.html and the pages of the models."""
    made = make(params.parent, params, datetime.now(UTC))
    if not quiet:
        print(f"wrote {made} and the pages in {MODELS}/")


if __name__ == "__main__":
    enter(main, "runner.py pages")
