"""The shop's own files in the place of the contract's, as the section `source` of params.yaml says.

reads   data/raw/*                  the files that the section names
        data/cache/source           what was translated before: speed, never results
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from recsys.shop_csv.accounts import Account
from recsys.shop_csv.cells import ids
from recsys.source.params import Params
from recsys.source.translations import Foreign, Translations


class ShopFiles(NamedTuple):
    """The files of a shop, translated: interactions and products (none: their ids are those of the
    interactions), what was converted by file, and names that interactions give to products.
    """

    interactions: list[Account]
    products: list[Account]
    converted: dict[str, Any]
    names: pl.DataFrame  # product_id, product_name; each product once


@contextmanager
def opened(raw: Path, params: Params, folder: Path | None) -> Iterator[ShopFiles]:
    """The files that `params` names, translated into `folder`, or for the time being."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="source-") as scratch:
            yield _translated(raw, params, Path(scratch))
    else:
        yield _translated(raw, params, folder)


def _translated(raw: Path, params: Params, folder: Path) -> ShopFiles:
    made = Translations(raw, folder)
    interactions = [
        made.of(name, one) for one in params.interactions for name in one.files
    ]
    products = [made.of(name, one) for one in params.products for name in one.files]
    made.forget_others()
    converted = {
        one.account.source.name: one.counts.as_json()
        for one in (*interactions, *products)
    }
    return ShopFiles(
        [one.account for one in interactions],
        [one.account for one in products],
        converted,
        _names(interactions),
    )


def _names(interactions: list[Foreign]) -> pl.DataFrame:
    """The first name that is given to each product."""
    names = [pair for one in interactions for pair in one.names.items()]
    columns = [pa.array([pair[at] for pair in names], pa.string()) for at in (0, 1)]
    product_ids = pl.Series(pl.from_arrow(ids(columns[0]).values))
    found = pl.DataFrame(
        {"product_id": product_ids, "product_name": pl.from_arrow(columns[1])},
        schema={"product_id": pl.String, "product_name": pl.String},
    )
    return found.unique("product_id", keep="first", maintain_order=True)
