"""Merge the shop's raw CSVs and the sealed batches into one table, and account for every row.

reads   data/raw/*.csv          the three-CSV contract (recsys/contract.py)
        data/staging/*.csv      drops of the web app; they are sealed into data/batches first
writes  interactions.parquet    user_id, product_id str; rating f64; comment str; timestamp us UTC; file str; line i64
        products.parquet        product_id and the texts of product and attributes, all str
        quarantine.parquet      file, sha256, line, raw, column, reason, hint
        metrics/merge.json      read = accepted + duplicates + quarantined, by file
"""

import logging
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import Field, field_validator

from recsys import intake
from recsys.artifacts import sha256_of, write_json
from recsys.contract import ATTRIBUTES, HINTS, PRODUCTS, REVIEWS, STAGING, Table
from recsys.csvfile import Block, Refused, read_blocks, read_header
from recsys.door import PARAMS_FILE, enter
from recsys.errors import DataError
from recsys.params import Section, load
from recsys.rows import TimeRules, check_formats, ids, ratings, times
from recsys.tables import write_table
from recsys.zones import known_zone

log = logging.getLogger("merge")

KEY = ("user_id", "product_id", "rating", "comment", "timestamp")


class Params(Section):
    zone: str  # IANA name, e.g. Asia/Ho_Chi_Minh
    date_formats: list[str] = Field(min_length=1)
    earliest: str  # YYYY-MM-DD
    max_refused_share: float = Field(ge=0, le=1)

    _zone = field_validator("zone")(known_zone)

    @field_validator("date_formats")
    @classmethod
    def _formats(cls, value: list[str]) -> list[str]:
        check_formats(value)
        return value

    @field_validator("earliest")
    @classmethod
    def _date(cls, value: str) -> str:
        date.fromisoformat(value)
        return value

    def time_rules(self) -> TimeRules:
        return TimeRules(tuple(self.date_formats), self.zone, date.fromisoformat(self.earliest))


@dataclass
class Account:
    """What became of the rows of one file."""

    file: str
    sha256: str
    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: list[Refused] = field(default_factory=list)
    missing_columns: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        return {
            "read": self.read,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "quarantined": len(self.refused),
        }


def refuse(block: Block, reasons: dict[str, np.ndarray]) -> tuple[np.ndarray, list[Refused]]:
    """Which rows are good (rows,) bool, and the others with the first reason that holds, column by column."""
    bad = np.zeros(len(block), dtype=bool)
    refused = []
    for column, reason in reasons.items():
        for at in np.flatnonzero((reason != "") & ~bad).tolist():
            refused.append(Refused(int(block.line[at]), block.raw[at], column, str(reason[at])))
        bad |= reason != ""
    return ~bad, refused


def check_interactions(block: Block, table: Table, rules: TimeRules) -> tuple[pl.DataFrame, list[Refused]]:
    """The good rows of a block with typed columns, and the others with their reasons."""
    users, user_reasons = ids(block.columns["user_id"])
    products, product_reasons = ids(block.columns["product_id"])
    rating, rating_reasons = ratings(block.columns["rating"])
    micros, time_reasons = times(block.columns[table.timestamp], rules)
    good, refused = refuse(
        block,
        {
            "user_id": user_reasons,
            "product_id": product_reasons,
            "rating": rating_reasons,
            table.timestamp: time_reasons,
        },
    )
    comment = pl.Series(pl.from_arrow(block.columns["comment"]))
    if "processed_comment" in block.columns:
        processed = pl.Series(pl.from_arrow(block.columns["processed_comment"]))
        comment = comment.zip_with(comment != "", processed)
    frame = pl.DataFrame(
        {
            "user_id": pl.from_arrow(users),
            "product_id": pl.from_arrow(products),
            "rating": rating,
            "comment": comment,
            "timestamp": pl.Series(micros).cast(pl.Datetime("us", "UTC")),
            "line": block.line,
        }
    )
    return frame.filter(pl.Series(good)), block.refused + refused


def read_interactions(path: Path, table: Table, rules: TimeRules) -> tuple[pl.DataFrame, Account]:
    """All good rows of a file in its order, and the account of it."""
    account = _open_account(path, table)
    frames = []
    for block in read_blocks(path, table):
        frame, refused = check_interactions(block, table, rules)
        account.read += len(block) + len(block.refused)
        account.accepted += len(frame)
        account.refused += refused
        frames.append(frame.with_columns(file=pl.lit(path.name)))
    return pl.concat(frames) if frames else pl.DataFrame(), account


def read_products(path: Path, table: Table) -> tuple[pl.DataFrame, Account]:
    """One row a product id, in the file's order, all columns text."""
    account = _open_account(path, table)
    frames, raws = [], []
    for block in read_blocks(path, table):
        account.read += len(block) + len(block.refused)
        product_ids, reasons = ids(block.columns["product_id"])
        good, refused = refuse(block, {"product_id": reasons})
        account.refused += block.refused + refused
        columns = {name: pl.from_arrow(column) for name, column in block.columns.items()}
        frames.append(
            pl.DataFrame({**columns, "product_id": pl.from_arrow(product_ids), "line": block.line}).filter(
                pl.Series(good)
            )
        )
        raws += [block.raw[at] for at in np.flatnonzero(good).tolist()]
    frame = (
        pl.concat(frames)
        if frames
        else pl.DataFrame(schema=dict.fromkeys(table.columns, pl.String) | {"line": pl.Int64})
    )
    same = frame.select(pl.struct(table.columns).is_first_distinct()).to_series()
    first = frame.select(pl.col("product_id").is_first_distinct()).to_series()
    for at in np.flatnonzero((same & ~first).to_numpy()):
        account.refused.append(Refused(frame["line"][int(at)], raws[at], "product_id", "product_repeated"))
    account.duplicates = int((~same).sum())
    account.accepted = int(first.sum())
    return frame.filter(first).drop("line"), account


def _open_account(path: Path, table: Table) -> Account:
    if not path.is_file():
        raise DataError(f"{path}: no such file; put the shop's {path.name} there (columns: {', '.join(table.columns)})")
    with path.open("rb") as handle:
        header = read_header(handle, path, table)
    for kind, names in (("missing, treated as empty", header.missing_optional), ("not read", header.extra)):
        if names:
            log.info("%s: columns %s: %s", path.name, kind, ", ".join(names))
    return Account(path.name, sha256_of(path), missing_columns=header.missing_optional, extra_columns=header.extra)


def drop_duplicates(rows: pl.DataFrame, accounts: dict[str, Account]) -> pl.DataFrame:
    """The first of rows that are equal in user, product, rating, comment and time; the others are counted."""
    hashes = rows.select(pl.struct(KEY).hash()).to_series()
    doubtful = hashes.is_duplicated()
    suspects = rows.with_row_index("row").filter(doubtful)
    repeated = suspects.filter(~suspects.select(pl.struct(KEY).is_first_distinct()).to_series())
    for file, count in repeated.group_by("file").len().iter_rows():
        accounts[file].accepted -= count
        accounts[file].duplicates += count
    keep = np.ones(len(rows), dtype=bool)
    keep[repeated["row"].to_numpy()] = False
    return rows.filter(pl.Series(keep))


def join_products(products: pl.DataFrame, attributes: pl.DataFrame, account: Account) -> pl.DataFrame:
    """Products with their attributes, sorted by id; a brand in either file counts. Orphan attributes are refused."""
    orphans = attributes.join(products.select("product_id"), on="product_id", how="anti")
    for row in orphans.iter_rows(named=True):
        account.refused.append(Refused(0, ",".join(row.values()), "product_id", "product_unknown"))
    account.accepted -= len(orphans)
    joined = products.join(attributes, on="product_id", how="left", suffix="_attribute").with_columns(
        pl.all().fill_null("")
    )
    brand = pl.when(pl.col("brand") != "").then("brand").otherwise("brand_attribute")
    return joined.with_columns(brand=brand).drop("brand_attribute").sort("product_id")


def check_share(account: Account, path: Path, limit: float) -> None:
    """DataError if more than the share `limit` of a file's rows is refused."""
    if account.read and len(account.refused) > limit * account.read:
        worst = account.refused[0]
        raise DataError(
            f"{path}: {len(account.refused)} of {account.read} rows are refused, more than merge.max_refused_share "
            f"({limit:g}); the first: line {worst.line}, {worst.column or 'row'}: {worst.reason}: "
            f"{HINTS[worst.reason]}. Replace the file by a mended one, or raise the share"
        )


def summarise(accounts: dict[str, Account], interactions: int, products: int, unknown: int) -> dict[str, object]:
    """metrics/merge.json: interactions of all files in total, then by file; asserts that no row is lost."""
    reasons: dict[str, int] = {}
    for account in accounts.values():
        for refused in account.refused:
            reasons[refused.reason] = reasons.get(refused.reason, 0) + 1
    files = {name: account.counts() for name, account in sorted(accounts.items())}
    total = {
        key: sum(counts[key] for name, counts in files.items() if name not in (PRODUCTS.file, ATTRIBUTES.file))
        for key in ("read", "accepted", "duplicates", "quarantined")
    }
    for name, counts in files.items():
        assert counts["read"] == counts["accepted"] + counts["duplicates"] + counts["quarantined"], name  # noqa: S101 - the promise
    assert total["accepted"] == interactions  # noqa: S101
    return {
        **total,
        "products": products,
        "products_without_catalogue_entry": unknown,
        "files": files,
        "quarantined_by_reason": dict(sorted(reasons.items())),
    }


def quarantine_table(accounts: dict[str, Account]) -> pl.DataFrame:
    """Every refused row, by file and line."""
    rows = [
        (account.file, account.sha256, row.line, row.raw, row.column, row.reason, HINTS[row.reason])
        for account in accounts.values()
        for row in sorted(account.refused, key=lambda row: row.line)
    ]
    schema = {
        "file": pl.String,
        "sha256": pl.String,
        "line": pl.Int64,
        "raw": pl.String,
        "column": pl.String,
        "reason": pl.String,
        "hint": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def main(raw: Path, staging: Path, batches: Path, out: Path, metrics: Path, params: Path = Path(PARAMS_FILE)) -> None:
    settings = load(Params, "merge", params)
    rules = settings.time_rules()
    intake.take(staging, batches)
    products, product_account = read_products(raw / PRODUCTS.file, PRODUCTS)
    attributes, attribute_account = read_products(raw / ATTRIBUTES.file, ATTRIBUTES)
    accounts = {PRODUCTS.file: product_account, ATTRIBUTES.file: attribute_account}
    products = join_products(products, attributes, attribute_account)
    frames = []
    for path, table in [(raw / REVIEWS.file, REVIEWS), *((batch, STAGING) for batch in intake.sealed(batches))]:
        rows, account = read_interactions(path, table, rules)
        check_share(account, path, settings.max_refused_share)
        accounts[path.name] = account
        frames.append(rows)
    for empty in (name for name in (REVIEWS.file, PRODUCTS.file) if not accounts[name].accepted):
        raise DataError(f"{raw / empty}: no usable row in it; put the shop's data there")
    interactions = drop_duplicates(pl.concat(frame for frame in frames if len(frame)), accounts)
    unknown = interactions.join(products, on="product_id", how="anti")["product_id"].n_unique()
    summary = summarise(accounts, len(interactions), len(products), unknown)
    write_table(interactions, out / "interactions.parquet")
    write_table(products, out / "products.parquet")
    write_table(quarantine_table(accounts), out / "quarantine.parquet")
    write_json(metrics, summary)
    log.info("merged: %s", ", ".join(f"{key} {value}" for key, value in list(summary.items())[:4]))


if __name__ == "__main__":
    enter(main)
