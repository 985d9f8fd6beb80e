"""Interactions of a CSV file: rows that keep the rules, typed, and an account of the others."""

import csv
import io
import logging
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from recsys.accounts import Account, judge
from recsys.contract import Limits, Table
from recsys.csvfile import Source, read_blocks, read_header
from recsys.errors import DataError
from recsys.records import WELL_QUOTED, Block, Refused
from recsys.rows import TimeRules, ids, ratings, times

log = logging.getLogger(__name__)

TEXTS = ("comment", "processed_comment")
KEY = ("user_id", "product_id", "rating", "comment", "timestamp")


def open_account(source: Source, table: Table, sha256: str) -> Account:
    """An empty account of the file; columns that are missing or not read are said once. DataError: see read_header."""
    with source.open() as handle:
        header = read_header(handle, source.place, table)
    for kind, names in (("missing, treated as empty", header.missing_optional), ("not read", header.extra)):
        if names:
            log.info("%s: columns %s: %s", source.name, kind, ", ".join(ascii(name) for name in names)[:300])
    return Account(source, sha256)


def read_interactions(
    account: Account, table: Table, rules: TimeRules, received: datetime, limits: Limits
) -> pl.DataFrame:
    """All good rows of the account's file in its order, with columns KEY, line and file; the others are in the account.

    DataError if a header stands again in the file with its columns in another order: what follows would be misread.
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
    block: Block, table: Table, rules: TimeRules, received: datetime, swallowed: dict[str, str], cut: np.ndarray
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
        comment = comment.zip_with(comment != "", pl.Series(pl.from_arrow(block.columns["processed_comment"])))
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


def _swallowed(texts: pa.StringArray, pattern: str) -> np.ndarray:
    """Which texts (rows,) bool of several lines match the pattern."""
    lines = pc.match_substring(texts, "\n")
    found: np.ndarray = pc.and_(lines, pc.match_substring_regex(texts, pattern)).to_numpy(zero_copy_only=False)
    return found


def _cut_off(block: Block, names: tuple[str, ...]) -> np.ndarray:
    """Rows (rows,) bool whose comment, at an end and unquoted, may go on: the line there is refused for its form."""
    bad = [row.line for row in block.refused if row.reason in ("cells", "quote")]
    cut = np.zeros(len(block), dtype=bool)
    if names[-1] == "comment":
        after = np.isin(block.line + 1, bad) | _before_blank(block)
        cut[
            [
                at
                for at in np.flatnonzero(after).tolist()
                if not block.raw[at].endswith('"') and "\n" not in block.raw[at]
            ]
        ] = True
    if names[0] == "comment":
        before = np.isin(block.line - 1, bad) | _after_blank(block)
        cut[[at for at in np.flatnonzero(before).tolist() if not block.raw[at].startswith('"')]] = True
    return cut


def _before_blank(block: Block) -> np.ndarray:
    """Rows (rows,) bool of one line that come before a blank line."""
    starts = np.concatenate([block.line, np.array([row.line for row in block.refused], dtype=np.int64)])
    found: np.ndarray = ~np.isin(block.line + 1, starts) & ((block.line < starts.max(initial=0)) | block.ends_blank)
    return found


def _after_blank(block: Block) -> np.ndarray:
    """Rows (rows,) bool that come after a blank line; what stood before the block is not known."""
    line, raw = block.line.tolist(), block.raw
    ends = {at + raw[place].count("\n") for place, at in enumerate(line)}
    ends |= {row.line + row.raw.count("\n") for row in block.refused}
    first = min([*line[:1], *(row.line for row in block.refused[:1])], default=0)
    return np.array([at > first and at - 1 not in ends for at in line], dtype=bool)


def _glued(block: Block, column: str) -> np.ndarray:
    """Rows (rows,) bool that begin with a byte order mark, in a text: a file that was put behind another."""
    glued = np.array(pc.starts_with(block.columns[column], "\ufeff"))
    for at in np.flatnonzero(glued).tolist():
        glued[at] = block.raw[at].startswith("\ufeff")
    return glued


def _row_inside(names: tuple[str, ...], column: str) -> str:
    """A pattern for a text in `column` that has swallowed the end of its own row and the beginning of the next one.

    Two quotes that are lost in two rows make one well formed record of them. It shows at a newline in the text: what
    comes after it begins like a row up to its rating, or, where the rating stands behind the text, what comes before
    it ends like one.
    """
    if column not in names:
        return r"\n\n\n\x00"  # matches nothing: no cell has a NUL
    place = names.index(column)
    cell = dict.fromkeys(("user_id", "product_id"), r'[^,"\n]+') | {"rating": r" *[0-9](?:\.[0-9]+)? *"}
    cells = [cell.get(name, r'[^,"\n]*') for name in names]
    if "rating" in names[:place]:
        last = max(names.index(name) for name in ("user_id", "product_id", "rating") if name in names[:place])
        return r"\n" + ",".join(cells[: last + 1]) + "(?:,|$)"
    return "," + ",".join(cells[place + 1 :]) + r"\r?(?:\n|$)"


def _check_headers(source: Source, names: tuple[str, ...], refused: list[Refused]) -> None:
    """DataError if a refused row is a header that differs from the first one."""
    wanted = {"user_id", "product_id", "rating"}
    for row in refused:
        if not all(name in row.raw for name in wanted):
            continue
        quoted = '"' in row.raw and WELL_QUOTED.fullmatch(row.raw.encode())  # a comment may quote a header
        cells = next(csv.reader(io.StringIO(row.raw, newline=""))) if quoted else row.raw.splitlines()[0].split(",")
        found = tuple(cell.strip(" \t\ufeff\"'") for cell in cells)
        if wanted <= set(found) and found != names and abs(len(found) - len(names)) <= 1:  # rows of it could pass
            raise DataError(
                f"{source.place}, line {row.line}: a second header with its columns in another order; "
                f"split the file there into two"
            )


def drop_duplicates(rows: pl.DataFrame, accounts: dict[str, Account]) -> pl.DataFrame:
    """The first of rows that are equal in user, product, rating, comment and time; the others are counted."""
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
