"""Interactions of a CSV file: rows that keep the rules, typed, and an account of the others."""

import logging
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pyarrow.compute as pc

from recsys.shop_csv.accounts import Account, judge
from recsys.shop_csv.cells import TimeRules, ids, ratings, times
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.csv_file import Source, read_blocks, read_header
from recsys.shop_csv.lost_quotes import _check_headers, _cut_off, _glued, _row_inside, _swallowed
from recsys.shop_csv.records import Block, Refused

log = logging.getLogger(__name__)

TEXTS = ("comment", "processed_comment")
KEY = ("user_id", "product_id", "rating", "comment", "timestamp")


def open_account(source: Source, table: Table, sha256: str) -> Account:
    """An empty account of the file; columns that are missing or not read are said once. DataError:
    see read_header.
    """
    with source.open() as handle:
        header = read_header(handle, source.place, table)
    for kind, names in (
        ("missing, treated as empty", header.missing_optional),
        ("not read", header.extra),
    ):
        if names:
            log.info(
                "%s: columns %s: %s",
                source.name,
                kind,
                ", ".join(ascii(name) for name in names)[:300],
            )
    return Account(source, sha256)


def read_interactions(
    account: Account, table: Table, rules: TimeRules, received: datetime, limits: Limits
) -> pl.DataFrame:
    """All good rows of the account's file in its order, with columns KEY, line and file; the others
    are in the account.

    DataError if a header stands again in the file with its columns in another order: what follows
    would be misread.
    """
    with account.source.open() as handle:
        names = read_header(handle, account.source.place, table).names
    swallowed = {name: _row_inside(names, name) for name in TEXTS if name in table.columns}
    frames = []
    for block in read_blocks(account.source, table, limits=limits):
        cut = _cut_off(block, names)
        if names[0] in TEXTS:
            cut |= _glued(block, names[0])
        frame, refused = check_block(block, table, rules, received, swallowed, cut)
        account.read += len(block) + len(block.refused)
        account.accepted += len(frame)
        account.refused += [*block.refused, *refused]
        frames.append(frame)
        _check_headers(account.source, names, [*block.refused, *refused])
    rows = pl.concat(frames, rechunk=False) if frames else pl.DataFrame(schema=_SCHEMA)
    return rows.with_columns(file=pl.lit(account.source.name))


def check_block(
    block: Block,
    table: Table,
    rules: TimeRules,
    received: datetime,
    swallowed: dict[str, str],
    cut: np.ndarray,
) -> tuple[pl.DataFrame, list[Refused]]:
    """The good rows of a block with typed columns, and the others with their reasons."""
    users, user_reasons = ids(block.columns["user_id"])
    products, product_reasons = ids(block.columns["product_id"])
    rating, rating_reasons = ratings(block.columns["rating"])
    micros, time_reasons = times(block.columns[table.timestamp], rules, received)
    column = block.columns["comment"]
    inside = np.zeros(len(block), dtype=bool)
    for name, pattern in swallowed.items():
        if pc.any(pc.match_substring(block.columns[name], "\n")).as_py():
            inside |= _swallowed(block.columns[name], pattern)
    good, refused = judge(
        block,
        {
            "user_id": user_reasons,
            "product_id": product_reasons,
            "rating": rating_reasons,
            table.timestamp: time_reasons,
            "comment": np.select([inside, cut], ["swallowed", "cut"], ""),
        },
    )
    comment = pl.Series(pl.from_arrow(column))
    if "processed_comment" in block.columns:
        comment = comment.zip_with(
            comment != "", pl.Series(pl.from_arrow(block.columns["processed_comment"]))
        )
    frame = pl.DataFrame(
        {
            "user_id": pl.from_arrow(users),
            "product_id": pl.from_arrow(products),
            "rating": rating,
            "comment": comment,
            "timestamp": pl.Series(micros).cast(pl.Datetime("us", "UTC")),
            "line": block.line.astype(np.int64),
        },
        schema=_SCHEMA,
    )
    return (frame if good.all() else frame.filter(pl.Series(good))), refused


_SCHEMA: dict[str, Any] = {
    "user_id": pl.String,
    "product_id": pl.String,
    "rating": pl.Float64,
    "comment": pl.String,
    "timestamp": pl.Datetime("us", "UTC"),
    "line": pl.Int64,
}


def drop_duplicates(rows: pl.DataFrame, accounts: dict[str, Account]) -> pl.DataFrame:
    """The first of rows that are equal in user, product, rating, comment and time; the others are
    counted.
    """
    doubtful = rows.select(pl.struct(KEY).hash()).to_series().is_duplicated()
    if not doubtful.any():
        return rows
    suspects = rows.with_row_index("row").filter(doubtful)
    repeated = suspects.filter(~suspects.select(pl.struct(KEY).is_first_distinct()).to_series())
    for file, count in repeated.group_by("file").len().iter_rows():
        accounts[file].accepted -= count
        accounts[file].duplicates += count
    keep = np.ones(len(rows), dtype=bool)
    keep[repeated["row"].to_numpy()] = False
    return rows.filter(pl.Series(keep))
