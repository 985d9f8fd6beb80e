"""The catalogue: products and their attributes, one row a product, all columns text."""

import numpy as np
import polars as pl

from recsys.shop_csv.accounts import Account, judge
from recsys.shop_csv.cells import ids
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.csv_file import read_blocks
from recsys.shop_csv.header import read_header
from recsys.shop_csv.lost_quotes import second_header
from recsys.shop_csv.records import Block, Refused


def read_products(account: Account, table: Table, limits: Limits) -> pl.DataFrame:
    """The first row of each product id, in the file's order, with the columns of `table` and line;
    the others are duplicates or refused.
    """
    with account.source.open() as handle:
        names = read_header(handle, account.source.place, table).names
    frames = [empty_products(table)]
    raws: list[str] = []
    for block in read_blocks(account.source, table, limits=limits):
        product_ids, reasons, unseen, *_ = ids(block.columns["product_id"])
        _mark_headers(account, block, names, reasons)
        good, refused = judge(block, {"product_id": reasons})
        account.read += len(block) + len(block.refused)
        account.refused += block.refused + refused
        account.unseen += unseen
        frame = _frame(block, table, pl.Series(pl.from_arrow(product_ids)))
        frames.append(frame.filter(pl.Series(good)))
        raws += [block.raw[at] for at in np.flatnonzero(good).tolist()]
    return _first_of_each(account, pl.concat(frames), raws)


def empty_products(table: Table) -> pl.DataFrame:
    """No product, with the columns of `read_products`."""
    return pl.DataFrame(schema=_schema(table))


def _schema(table: Table) -> dict[str, type[pl.DataType]]:
    return dict.fromkeys(table.columns, pl.String) | {"line": pl.Int64}


def _frame(block: Block, table: Table, product_ids: pl.Series) -> pl.DataFrame:
    columns = {name: pl.from_arrow(column) for name, column in block.columns.items()}
    columns["product_id"] = product_ids
    columns["line"] = pl.Series(block.line.astype(np.int64))
    return pl.DataFrame(columns, schema=_schema(table))


def _first_of_each(
    account: Account, frame: pl.DataFrame, raws: list[str]
) -> pl.DataFrame:
    """The first row of each product; an equal one is a duplicate, one with other values refused."""
    texts = [name for name in frame.columns if name != "line"]
    is_new = frame.select(pl.struct(texts).is_first_distinct()).to_series()
    is_first = frame.select(pl.col("product_id").is_first_distinct()).to_series()
    for at in np.flatnonzero((is_new & ~is_first).to_numpy()).tolist():
        repeated = Refused(
            frame["line"][at], raws[at], "product_id", "product_repeated"
        )
        account.refused.append(repeated)
    account.duplicates += int((~is_new).sum())
    account.accepted += int(is_first.sum())
    return frame.filter(is_first)


def _mark_headers(
    account: Account, block: Block, names: tuple[str, ...], reasons: np.ndarray
) -> None:
    """Give a reason to rows that are the header again. DataError if its columns stand in another
    order there.
    """
    texts = np.asarray(block.columns["product_id"].to_pylist(), dtype=object)
    for at in np.flatnonzero(np.isin(texts, names)).tolist():
        cells = tuple(cell.strip() for cell in block.raw[at].split(","))
        if cells == names:
            reasons[at] = "header"
        elif set(cells) == set(names):
            raise second_header(account.source, int(block.line[at]))


def join_products(
    products: pl.DataFrame, attributes: pl.DataFrame, account: Account | None
) -> pl.DataFrame:
    """Products with their attributes, sorted by id, all columns text.

    A brand in either file counts; the products' own goes first. Attributes of no product are
    refused in their `account`; without one there are no attributes.
    """
    if account is not None:
        _refuse_orphans(products.select("product_id"), attributes, account)
    described = attributes.drop("line")
    joined = products.drop("line").join(
        described, on="product_id", how="left", suffix="_attribute"
    )
    joined = joined.with_columns(pl.all().fill_null(""))
    brand = pl.when(pl.col("brand") != "").then("brand").otherwise("brand_attribute")
    return joined.with_columns(brand=brand).drop("brand_attribute").sort("product_id")


def _refuse_orphans(
    known: pl.DataFrame, attributes: pl.DataFrame, account: Account
) -> None:
    orphans = attributes.join(known, on="product_id", how="anti").sort("line")
    for row in orphans.iter_rows(named=True):
        line = row.pop("line")
        raw = ",".join(row.values())
        account.refused.append(Refused(line, raw, "product_id", "product_unknown"))
    account.accepted -= len(orphans)
