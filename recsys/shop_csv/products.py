"""The catalogue: products and their attributes, one row a product, all columns text."""

import numpy as np
import polars as pl

from recsys.program.errors import DataError
from recsys.shop_csv.accounts import Account, judge
from recsys.shop_csv.cells import ids
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.csv_file import read_blocks, read_header
from recsys.shop_csv.records import Block, Refused


def read_products(account: Account, table: Table, limits: Limits) -> pl.DataFrame:
    """The first row of each product id, in the file's order; the others are duplicates or refused."""
    schema = dict.fromkeys(table.columns, pl.String) | {"line": pl.Int64}
    frames, raws = [pl.DataFrame(schema=schema)], []
    with account.source.open() as handle:
        names = read_header(handle, account.source.place, table).names
    for block in read_blocks(account.source, table, limits=limits):
        product_ids, reasons = ids(block.columns["product_id"])
        _mark_headers(account, block, names, reasons)
        good, refused = judge(block, {"product_id": reasons})
        account.read += len(block) + len(block.refused)
        account.refused += block.refused + refused
        columns = {name: pl.from_arrow(column) for name, column in block.columns.items()}
        columns |= {
            "product_id": pl.from_arrow(product_ids),
            "line": pl.Series(block.line.astype(np.int64)),
        }
        frames.append(pl.DataFrame(columns, schema=schema).filter(pl.Series(good)))
        raws += [block.raw[at] for at in np.flatnonzero(good).tolist()]
    frame = pl.concat(frames)
    same = frame.select(pl.struct(table.columns).is_first_distinct()).to_series()
    first = frame.select(pl.col("product_id").is_first_distinct()).to_series()
    for at in np.flatnonzero((same & ~first).to_numpy()).tolist():
        account.refused.append(
            Refused(frame["line"][at], raws[at], "product_id", "product_repeated")
        )
    account.duplicates += int((~same).sum())
    account.accepted += int(first.sum())
    return frame.filter(first)


def _mark_headers(
    account: Account, block: Block, names: tuple[str, ...], reasons: np.ndarray
) -> None:
    """Give a reason to rows that are the header again. DataError if its columns stand in another
    order there.
    """
    suspects = np.isin(np.asarray(block.columns["product_id"].to_pylist(), dtype=object), names)
    for at in np.flatnonzero(suspects).tolist():
        cells = tuple(cell.strip() for cell in block.raw[at].split(","))
        if cells == names:
            reasons[at] = "header"
        elif set(cells) == set(names):
            raise DataError(
                f"{account.source.place}, line {block.line[at]}: a second header with its columns in another order; "
                f"split the file there into two"
            )


def join_products(
    products: pl.DataFrame, attributes: pl.DataFrame, account: Account
) -> pl.DataFrame:
    """Products with their attributes, sorted by id; a brand in either file counts. Orphan
    attributes are refused.
    """
    orphans = attributes.join(products.select("product_id"), on="product_id", how="anti").sort(
        "line"
    )
    for row in orphans.iter_rows(named=True):
        line = row.pop("line")
        account.refused.append(
            Refused(line, ",".join(row.values()), "product_id", "product_unknown")
        )
    account.accepted -= len(orphans)
    joined = products.drop("line").join(
        attributes.drop("line"), on="product_id", how="left", suffix="_attribute"
    )
    joined = joined.with_columns(pl.all().fill_null(""))
    brand = pl.when(pl.col("brand") != "").then("brand").otherwise("brand_attribute")
    return joined.with_columns(brand=brand).drop("brand_attribute").sort("product_id")
