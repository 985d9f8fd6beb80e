"""Interactions of a CSV file: rows that keep the rules, typed, and an account of the others."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from recsys.shop_csv import cut_texts, lost_quotes
from recsys.shop_csv.accounts import Account, Facts, judge
from recsys.shop_csv.cells import Ids, ids, ratings
from recsys.shop_csv.contract import TEXTS, Limits, Table
from recsys.shop_csv.csv_file import Source, read_blocks
from recsys.shop_csv.header import read_header
from recsys.shop_csv.rating_scale import STARS, Ratings, Scale
from recsys.shop_csv.records import Block, Refused
from recsys.shop_csv.times import TimeRules, times

log = logging.getLogger(__name__)

KEY = ("user_id", "product_id", "rating", "comment", "timestamp")

_SHOWN = 300  # characters of the columns' names in a message
SCHEMA: dict[str, Any] = {  # of rows of one file
    "user_id": pl.String,
    "product_id": pl.String,
    "rating": pl.Float64,
    "comment": pl.String,
    "timestamp": pl.Datetime("us", "UTC"),
    "line": pl.Int64,
}


class Rules(NamedTuple):
    """How a cell becomes a time and a rating."""

    times: TimeRules
    scale: Scale = STARS


def open_account(source: Source, table: Table, sha256: str) -> Account:
    """An empty account of the file; columns that are missing or not read are said once.

    DataError: see read_header.
    """
    with source.open() as handle:
        header = read_header(handle, source.place, table)
    for fate, names in (
        ("missing, treated as empty", header.missing_optional),
        ("not read", header.extra),
    ):
        if names:
            shown = ", ".join(ascii(name) for name in names)[:_SHOWN]
            log.info("%s: columns %s: %s", source.name, fate, shown)
    return Account(source, sha256)


def read_interactions(
    account: Account, table: Table, rules: Rules, received: datetime, limits: Limits
) -> pl.DataFrame:
    """All good rows of the account's file in its order, with columns KEY, line and file; the others
    are in the account.

    DataError if a header stands again in the file with its columns in another order: what follows
    would be misread.
    """
    source = account.source
    with source.open() as handle:
        names = read_header(handle, source.place, table).names
    frames = [pl.DataFrame(schema=SCHEMA)]
    blocks = read_blocks(source, table, limits=limits)
    for frame, facts in judged(blocks, source, table, rules, received, names):
        account.add(facts)
        frames.append(frame)
    return pl.concat(frames, rechunk=False).with_columns(file=pl.lit(source.name))


def judged(
    blocks: Iterable[Block],
    source: Source,
    table: Table,
    rules: Rules,
    received: datetime,
    names: tuple[str, ...],
) -> Iterator[tuple[pl.DataFrame, Facts]]:
    """The good rows of each block, with the columns of SCHEMA, and what the account is told of it.

    DataError as `read_interactions` raises it.
    """
    for block in blocks:
        checked = check_block(block, table, rules, received, names)
        frame, refused, users, products = checked
        all_refused = [*block.refused, *refused]
        lost_quotes.check_headers(source, names, all_refused)
        found = Ratings()
        found.add(block.columns["rating"])
        cases = (
            f"{what} {case}"
            for what, ids in (("users", users), ("products", products))
            for case in ids.cases
        )
        yield (
            frame,
            Facts(
                read=len(block) + len(block.refused),
                accepted=len(frame),
                refused=all_refused,
                unseen=users.unseen + products.unseen,
                ratings=found,
                odd_users=users.oddly,
                cases=frozenset(cases),
            ),
        )


def _losses(
    block: Block, names: tuple[str, ...], time: str, strange: np.ndarray
) -> np.ndarray:
    """The reason (rows,) str where a lost quote has swallowed or cut a text, "" elsewhere; of rows
    that are `strange` (rows,) bool neither rating nor time are any.
    """
    swallowed = np.zeros(len(block), dtype=bool)
    for column in TEXTS:
        if column in block.columns:
            pattern = lost_quotes.row_pattern(names, column)
            swallowed |= lost_quotes.swallowed(block.columns[column], pattern)
    cut = cut_texts.cut_off(block, names, time, strange)
    if names[0] in TEXTS and names[0] in block.columns:
        cut |= lost_quotes.glued(block, names[0])
    return np.select([swallowed, cut], ["swallowed", "cut"], "")


class Checked(NamedTuple):
    """The good rows of a block, with the columns of SCHEMA, and the others, refused; and what was
    read of its ids.
    """

    rows: pl.DataFrame
    refused: list[Refused]
    users: Ids
    products: Ids


def check_block(
    block: Block,
    table: Table,
    rules: Rules,
    received: datetime,
    names: tuple[str, ...],
) -> Checked:
    """Judge the rows of a block cell by cell, and the texts beside one another; `names` are the
    columns of the file.
    """
    users = ids(block.columns["user_id"])
    products = ids(block.columns["product_id"])
    stars = ratings(block.columns["rating"], rules.scale)
    moments = times(block.columns[table.timestamp], rules.times, received)
    strange = (stars.reasons == "rating_number") & (moments.reasons == "time_format")
    headers = cut_texts.headers_among(block, names, strange)
    good, refused = judge(
        block,
        {
            "": np.where(headers, "header", ""),
            "user_id": users.reasons,
            "product_id": products.reasons,
            "rating": stars.reasons,
            table.timestamp: moments.reasons,
            "comment": _losses(block, names, table.timestamp, strange & ~headers),
        },
    )
    frame = pl.DataFrame(
        {
            "user_id": pl.from_arrow(users.values),
            "product_id": pl.from_arrow(products.values),
            "rating": stars.values,
            "comment": _comments(block.columns),
            "timestamp": pl.Series(moments.values).cast(pl.Datetime("us", "UTC")),
            "line": block.line.astype(np.int64),
        },
        schema=SCHEMA,
    )
    kept = frame if good.all() else frame.filter(pl.Series(good))
    return Checked(kept, refused, users, products)


def _comments(columns: dict[str, pa.StringArray]) -> pl.Series:
    """The comments (rows,) str; the processed one where the shop kept no other."""
    comment = pl.Series(pl.from_arrow(columns["comment"]))
    if "processed_comment" not in columns:
        return comment
    processed = pl.Series(pl.from_arrow(columns["processed_comment"]))
    return comment.zip_with(comment != "", processed)


def drop_duplicates(rows: pl.DataFrame, accounts: dict[str, Account]) -> pl.DataFrame:
    """The first of rows that are equal in KEY; the others are counted in their file's account."""
    hashes = rows.select(pl.struct(KEY).hash()).to_series()
    doubtful = hashes.is_duplicated()
    if not doubtful.any():
        return rows
    suspects = rows.with_row_index("row").filter(doubtful)
    is_first = suspects.select(pl.struct(KEY).is_first_distinct()).to_series()
    repeated = suspects.filter(~is_first)
    for file, count in repeated.group_by("file").len().iter_rows():
        accounts[file].accepted -= count
        accounts[file].duplicates += count
    keep = np.ones(len(rows), dtype=bool)
    keep[repeated["row"].to_numpy()] = False
    return rows.filter(pl.Series(keep))
