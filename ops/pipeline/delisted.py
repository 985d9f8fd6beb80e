"""Products that the shop no longer has, for those who serve: releases/delisted.txt, an id a line.

reads   data/processed/ (items.parquet, interactions.parquet), metrics/merge.json, params.yaml
        (deploy)
writes  releases/delisted.txt, state/delisted.made

A product is delisted if the catalogue does not have it, and nobody has bought or rated it for
`deploy.delisted_after_days` days before the newest event: what is bought is still sold, and the
catalogue may be behind. A shop without a catalogue has none. What serves hides them
(recsys/serving/hidden.py); one that comes back to the catalogue is shown again.
"""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from ops.pipeline.checked_params import PARAMS
from recsys.files.atomic import read_json, write_text
from recsys.program.errors import DataError

MADE = (
    "delisted.made"  # in state: what the list was made of, and the list that was made
)
PROCESSED = Path("data/processed")
LIST = Path("releases/delisted.txt")  # as recsys/serving/hidden.py, which loads NumPy
ITEMS, EVENTS = PROCESSED / "items.parquet", PROCESSED / "interactions.parquet"
MERGED = Path("metrics/merge.json")
HEAD = (
    "# Written by `python runner.py repro`: products that the catalogue does not have, and that\n"
    "# nobody bought or rated for {days:g} days (deploy.delisted_after_days). What else is to be\n"
    "# hidden belongs into hidden.txt.\n"
)


def update(root: Path, state: Path, say: Callable[[str], None]) -> None:
    """Write the list, if what it is made of has changed, or the list itself; what is new in it is
    said. DataError if the data or params.yaml cannot be read, DiskError if it cannot be written.
    """
    if not (root / ITEMS).exists() or _known(root, state):
        return
    days = _days(root)
    found: Sequence[str] = []
    if days and not _all_in_catalogue(root):
        found = delisted(root / ITEMS, root / EVENTS, days)
    path = root / LIST
    former = path.read_bytes() if path.exists() else b""
    if found:
        text = HEAD.format(days=days) + "".join(f"{_line(one)}\n" for one in found)
        if text.encode() != former:
            write_text(path, text)
            say(_said(len(found), days))
    else:
        path.unlink(missing_ok=True)
    write_text(state / MADE, _mark(root))


def delisted(items: Path, events: Path, days: float) -> Sequence[str]:
    """The ids of the delisted products, sorted. DataError if a table is missing or torn."""
    import polars as pl  # here: most repros write no list

    from recsys.files.tables import read_table

    every = read_table(items, ["item_index", "product_id", "in_catalogue"])
    missing = every.filter(~pl.col("in_catalogue"))
    if not len(missing):
        return []
    times = read_table(events, ["item_index", "timestamp"])
    newest, time = (
        times.group_by("item_index").agg(pl.max("timestamp")),
        pl.col("timestamp"),
    )
    still = newest.filter(time >= time.max() - timedelta(days=days))
    gone = missing.join(still, on="item_index", how="anti")
    return sorted(gone["product_id"])


def _all_in_catalogue(root: Path) -> bool:
    """Whether merge has found all products in the catalogue: most shops need no tables read."""
    try:
        return int(read_json(root / MERGED)["products_without_catalogue_entry"]) == 0
    except (DataError, OSError, KeyError, TypeError, ValueError):
        return False


def _days(root: Path) -> float:
    """After how many days a product is delisted; 0 if none ever is."""
    from ops.deploy.service_client import Params  # here: it loads pydantic
    from recsys.program import params

    return params.load(Params, "deploy", root / PARAMS).delisted_after_days


def _line(product: str) -> str:
    """As hidden.py reads it: a line that begins with # would be a remark."""
    return f'"{product}"' if product.startswith("#") else product


def _said(count: int, days: float) -> str:
    which = "1 product is" if count == 1 else f"{count:,} products are"
    return (
        f"{which} no longer recommended: the catalogue does not have them, and nobody bought or "
        f"rated them for {days:g} days ({LIST}; deploy.delisted_after_days in params.yaml)"
    )


def _known(root: Path, state: Path) -> bool:
    try:
        return (state / MADE).read_text(encoding="utf-8") == _mark(root)
    except (OSError, ValueError):
        return False


def _mark(root: Path) -> str:
    """How the files stand that it is made of, and the list itself."""
    paths = (ITEMS, EVENTS, Path(PARAMS), LIST)
    return json.dumps({str(path): _stands(root / path) for path in paths})


def _stands(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_ino, found.st_size, found.st_mtime_ns]
