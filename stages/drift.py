"""Compare what came since the live model was trained with what it was trained on.

reads   data/processed          interactions.parquet, replaced.parquet
        data/merged             products.parquet: the catalogue, and names
        data/embeddings         items.npz
        data/reference          reference.json and its events, which a deployment writes; the first
                                run makes them of the data as it stands. served.json: what the court
                                has heard
writes  metrics/drift.json      the verdict; each measure with effect, p, floor and windows; what
                                has moved; what the served lists were worth
        reports/drift.html      the same for people, one page

`python runner.py drift --update-reference` makes the data as it stands the reference. How it is
judged: recsys/drift/judge.py.
"""

import logging
from pathlib import Path

import numpy as np
import polars as pl

from recsys.drift import judge, reference, report, served
from recsys.drift.events import EVENTS, REPLACED, events_of, read, scored_today
from recsys.drift.params import Params
from recsys.drift.reference import Reference
from recsys.files.atomic import write_json, write_text
from recsys.files.tables import read_table
from recsys.files.vectors_by_id import read_vectors
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load
from recsys.reports import drift as page_of

log = logging.getLogger("drift")


def main(
    processed: Path,
    products: Path,
    embeddings: Path,
    reference_folder: Path,
    metrics: Path,
    page: Path,
    params: Path = Path(PARAMS_FILE),
) -> None:
    settings = load(Params, "drift", params)
    newest = read(processed / EVENTS, processed / REPLACED)
    catalogue = read_table(products, ["product_id", "product_name"])
    found = reference_in(reference_folder, newest)
    known = scored_today(reference.events_of(reference_folder, found), newest)
    events = events_of(known, newest, catalogue["product_id"].to_list())
    judged = judge.judge(events, vectors_of(events.item_ids, embeddings), settings)
    hearings, names = served.read(reference_folder), names_of(catalogue)
    told = report.report(judged, events, found, hearings, names, settings)
    write_json(metrics, told)
    write_text(page, page_of.page(told))
    for line in report.lines(told):
        log.info(line)


def reference_in(folder: Path, newest: pl.DataFrame) -> Reference:
    """The reference of the folder, made of the newest events if there is none.

    DataError if it is torn.
    """
    found = reference.read(folder)
    if found is not None:
        return found
    log.info("drift: %s made of the data as it stands", folder / reference.FILE)
    return reference.write(folder, newest, "first run", None)


def vectors_of(items: list[str], embeddings: Path) -> np.ndarray:
    """The vectors (items, dimension) float32 of these items; zeros for one without a text."""
    known = read_vectors(embeddings)
    row = {item: at for at, item in enumerate(known.ids)}
    found = np.zeros((len(items), known.vectors.shape[1]), dtype=np.float32)
    for at, item in enumerate(items):
        if item in row:
            found[at] = known.vectors[row[item]]
    return found


def names_of(catalogue: pl.DataFrame) -> dict[str, str]:
    """Product names by id; "" for one without."""
    rows = catalogue.with_columns(pl.col("product_name").fill_null(""))
    return dict(rows.select("product_id", "product_name").iter_rows())


if __name__ == "__main__":
    enter(main)
