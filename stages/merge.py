"""Merge the shop's raw CSVs and the sealed batches into one table, and account for every row.

reads   data/raw/*.csv          the three-CSV contract (recsys/shop_csv/contract.py)
        data/staging/*.csv      drops of the web app; they are sealed into data/batches first (recsys/intake/drops.py)
writes  interactions.parquet    user_id, product_id str; rating f64; comment str; timestamp us UTC; line i64; file str
        products.parquet        product_id and the texts of product and attributes, all str
        quarantine.parquet      file, sha256, line, raw, column, reason, hint
        metrics/merge.json      read = accepted + duplicates + quarantined, in total and by file; reasons

The outs are a function of the raw files and the batches. The clock only says when a content is seen
for the first time; the ledger in data/batches keeps that, and rows are judged by it ever after (a
time in the future is refused).
"""

import logging
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import Field, PositiveInt, field_validator

from recsys.files.atomic import sha256_of, write_json
from recsys.files.tables import write_table
from recsys.intake import drops
from recsys.intake.mended import forget_mended, read_mended
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError
from recsys.program.params import Section, TimeZone, load
from recsys.shop_csv import contract
from recsys.shop_csv.accounts import Account, check_share, quarantine_table
from recsys.shop_csv.cells import TimeRules, check_formats
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.products import join_products, read_products
from recsys.shop_csv.reviews import drop_duplicates, open_account, read_interactions

log = logging.getLogger("merge")

# which quarantined rows a mended row replaces (ops/quarantine/command.py writes it)
MENDED = "mended.csv"
CATALOGUE = (contract.PRODUCTS, contract.ATTRIBUTES)


class LimitParams(Section):
    file_bytes: PositiveInt
    rows: PositiveInt
    columns: PositiveInt
    field_bytes: PositiveInt

    def limits(self) -> contract.Limits:
        return contract.Limits(**self.model_dump())


class Params(Section):
    zone: TimeZone  # e.g. Asia/Ho_Chi_Minh
    date_formats: list[str] = Field(min_length=1)
    earliest: str  # YYYY-MM-DD
    max_refused_share: float = Field(ge=0, le=1)
    settle_s: float = Field(ge=0, le=60)
    limits: LimitParams

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


def open_raw(folder: Path, table: contract.Table) -> Account:
    """An account of a raw file. DataError if it is not there."""
    path = folder / table.file
    if not path.is_file():
        columns = ", ".join(table.columns)
        raise DataError(
            f"{path}: no such file; put the shop's {table.file} there (columns: {columns})"
        )
    return open_account(Source.of(path), table, sha256_of(path))


def merge_catalogue(raw: Path, settings: Params) -> tuple[pl.DataFrame, list[Account]]:
    """The products with their attributes, and the accounts of both files. DataError if there is no
    product.
    """
    accounts = [open_raw(raw, table) for table in CATALOGUE]
    limits = settings.limits.limits()
    products, attributes = (
        read_products(account, table, limits)
        for account, table in zip(accounts, CATALOGUE, strict=True)
    )
    for account in accounts:
        check_share(account, settings.max_refused_share)
    if not len(products):
        raise DataError(
            f"{accounts[0].source.place}: no usable row in it; put the shop's products there"
        )
    return join_products(products, attributes, accounts[1]), accounts


def merge_interactions(
    raw: Path, batches: Path, settings: Params, now: datetime
) -> tuple[pl.DataFrame, list[Account], int]:
    """The interactions of the raw reviews and all batches, each once; the accounts; how many rows
    were mended.
    """
    reviews = open_raw(raw, contract.REVIEWS)
    seen = drops.first_seen(batches, contract.REVIEWS.file, reviews.sha256, now)
    files = [(reviews, contract.REVIEWS, seen)]
    for batch in drops.sealed(batches):
        source = Source(batch.name, str(batches / batch.name), batch.open)
        account = open_account(source, contract.STAGING, batch.sha256)
        files.append((account, contract.STAGING, batch.received or now))
    gone, frames = (
        read_mended(batches / MENDED, {account.sha256 for account, _, _ in files[1:]}),
        [],
    )
    rules, limits, mended = settings.time_rules(), settings.limits.limits(), 0
    for account, table, received in files:
        frames.append(read_interactions(account, table, rules, received, limits))
        mended += forget_mended(account, gone)
        check_share(account, settings.max_refused_share)
    accounts = {account.source.name: account for account, _, _ in files}
    if not sum(map(len, frames)):
        raise DataError(
            f"{reviews.source.place}: no usable row in it; put the shop's reviews there"
        )
    return (
        drop_duplicates(pl.concat(frames, rechunk=False), accounts),
        list(accounts.values()),
        mended,
    )


def summarise(
    catalogue: list[Account],
    files: list[Account],
    interactions: pl.DataFrame,
    products: pl.DataFrame,
    mended: int,
) -> dict[str, Any]:
    """metrics/merge.json: interactions of all files in total, then by file with reasons, then what
    is unknown.
    """
    by_file = {account.source.name: account.counts() for account in (*catalogue, *files)}
    total = {
        name: sum(by_file[account.source.name][name] for account in files)
        for name in files[0].counts()
    }
    assert total["accepted"] == len(interactions)  # noqa: S101 - the promise
    reasons = {
        account.source.name: Counter(row.reason for row in account.refused)
        for account in (*catalogue, *files)
    }
    known = interactions["product_id"].unique().is_in(products["product_id"].implode())
    return {
        **total,
        "mended": mended,
        "products": len(products),
        "products_without_catalogue_entry": int((~known).sum()),
        "newest_event": interactions["timestamp"].max().astimezone(UTC).isoformat(),  # type: ignore[union-attr]
        "files": by_file,
        "quarantined_by_reason": dict(sorted(sum(reasons.values(), Counter()).items())),
        "quarantined_by_file_and_reason": {
            name: dict(sorted(found.items())) for name, found in reasons.items() if found
        },
    }


def main(
    raw: Path,
    staging: Path,
    batches: Path,
    out: Path,
    metrics: Path,
    params: Path = Path(PARAMS_FILE),
) -> None:
    settings = load(Params, "merge", params)
    now = datetime.now(UTC)
    drops.take(staging, batches, now, settings.settle_s)
    products, catalogue = merge_catalogue(raw, settings)
    interactions, files, mended = merge_interactions(raw, batches, settings, now)
    summary = summarise(catalogue, files, interactions, products, mended)
    write_table(interactions, out / "interactions.parquet")
    write_table(products, out / "products.parquet")
    write_table(quarantine_table([*catalogue, *files]), out / "quarantine.parquet")
    write_json(metrics, summary)
    log.info("merged: %s", ", ".join(f"{key} {value}" for key, value in list(summary.items())[:4]))


if __name__ == "__main__":
    enter(main)
