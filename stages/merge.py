"""Merge the shop's raw CSVs and the sealed batches into one table, and account for every row.

reads   data/raw/*.csv          the three-CSV contract (recsys/shop_csv/contract.py)
        data/staging/*.csv      drops of the web app; they are sealed into data/batches first
                                (recsys/intake/drops.py)
        data/batches/mended.csv which refused rows are replaced (recsys/intake/mended.py)
        data/cache/merge        rows of large files that were read before: speed, never results
writes  interactions.parquet    user_id, product_id str; rating f64; comment str;
                                timestamp us UTC; line i64; file str
        products.parquet        product_id and the texts of product and attributes, all str
        quarantine.parquet      file, sha256, line, raw, column, reason, hint
        metrics/merge.json      read = accepted + duplicates + quarantined, in total and by file;
                                reasons

The outs are a function of the raw files and the batches. The clock only says when a content is seen
for the first time; the drop log in data/batches keeps that, and rows are judged by it ever after (a
time in the future is refused).
"""

import logging
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import polars as pl
import typer
from pydantic import Field, PositiveInt, field_validator

from recsys.files.atomic import sha256_of, write_json
from recsys.files.tables import write_table
from recsys.intake import drops
from recsys.intake.batches import sealed
from recsys.intake.drop_log import first_seen
from recsys.intake.mended import replaced_rows
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError
from recsys.program.params import Section, TimeZone, load
from recsys.shop_csv import contract
from recsys.shop_csv.accounts import Account, check_share, forget_rows, quarantine_table
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.kept_reviews import KeptReviews
from recsys.shop_csv.products import join_products, read_products
from recsys.shop_csv.reviews import drop_duplicates, open_account
from recsys.shop_csv.times import TimeRules, check_formats

log = logging.getLogger("merge")

Cache = Annotated[
    Path | None, typer.Argument(help="folder of rows that were read before")
]

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
    def _check_the_formats(cls, value: list[str]) -> list[str]:
        check_formats(value)
        return value

    @field_validator("earliest")
    @classmethod
    def _check_the_date(cls, value: str) -> str:
        date.fromisoformat(value)
        return value

    def time_rules(self) -> TimeRules:
        return TimeRules(
            tuple(self.date_formats), self.zone, date.fromisoformat(self.earliest)
        )


def open_raw(folder: Path, table: contract.Table) -> Account:
    """An account of a raw file. DataError if it is not there."""
    path = folder / table.file
    if not path.is_file():
        columns = ", ".join(table.columns)
        raise DataError(
            f"{path}: no such file; put the shop's {table.file} there (columns: {columns})"
        )
    return open_account(Source.of(path), table, sha256_of(path))


class Catalogue(NamedTuple):
    """The products, one a row with their attributes, and the accounts of both files."""

    products: pl.DataFrame
    accounts: list[Account]


def merge_catalogue(raw: Path, settings: Params) -> Catalogue:
    """The catalogue of the raw files. DataError if there is no product."""
    limits = settings.limits.limits()
    accounts = [open_raw(raw, table) for table in CATALOGUE]
    products, attributes = (
        read_products(account, table, limits)
        for account, table in zip(accounts, CATALOGUE, strict=True)
    )
    for account in accounts:
        check_share(account, settings.max_refused_share)
    if not len(products):
        place = accounts[0].source.place
        raise DataError(f"{place}: no usable row in it; put the shop's products there")
    return Catalogue(join_products(products, attributes, accounts[1]), accounts)


class _File(NamedTuple):
    """A file of interactions, what its columns are, and when it came."""

    account: Account
    table: contract.Table
    received: datetime


def _files(raw: Path, batches: Path, now: datetime) -> list[_File]:
    """The raw reviews, then the batches in their order."""
    table = contract.REVIEWS
    reviews = open_raw(raw, table)
    received = first_seen(batches, table.file, reviews.sha256, now)
    files = [_File(reviews, table, received)]
    for batch in sealed(batches):
        source = Source(batch.name, str(batches / batch.name), batch.open)
        account = open_account(source, contract.STAGING, batch.sha256)
        files.append(_File(account, contract.STAGING, batch.received or now))
    return files


class Interactions(NamedTuple):
    """The interactions of all files, each once; their accounts; how many rows were mended."""

    rows: pl.DataFrame
    accounts: list[Account]
    mended: int


def merge_interactions(
    raw: Path,
    batches: Path,
    settings: Params,
    now: datetime,
    cache: Path | None = None,
) -> Interactions:
    """The interactions of the raw reviews and all batches. DataError if there is none."""
    kept = KeptReviews(cache)
    files = _files(raw, batches, now)
    reviews, *drops_of_app = (file.account for file in files)
    replaced = replaced_rows(batches, {account.sha256 for account in drops_of_app})
    rules, limits = settings.time_rules(), settings.limits.limits()
    frames, mended = [], 0
    for account, table, received in files:
        frames.append(kept.read(account, table, rules, received, limits))
        mended += forget_rows(account, replaced)
        check_share(account, settings.max_refused_share)
    kept.forget_others()
    if not sum(map(len, frames)):
        place = reviews.source.place
        raise DataError(f"{place}: no usable row in it; put the shop's reviews there")
    accounts = {account.source.name: account for account, _, _ in files}
    rows = drop_duplicates(pl.concat(frames, rechunk=False), accounts)
    return Interactions(rows, list(accounts.values()), mended)


def summarise(catalogue: Catalogue, interactions: Interactions) -> dict[str, Any]:
    """metrics/merge.json: interactions of all files in total, then by file with reasons, then what
    is unknown.
    """
    rows, products = interactions.rows, catalogue.products
    accounts = [*catalogue.accounts, *interactions.accounts]
    by_file = {account.source.name: account.counts() for account in accounts}
    reasons = {
        account.source.name: Counter(row.reason for row in account.refused)
        for account in accounts
    }
    known = rows["product_id"].unique().is_in(products["product_id"].implode())
    newest = rows.select(pl.max("timestamp")).item()
    return {
        **_total(interactions),
        "mended": interactions.mended,
        "products": len(products),
        "products_without_catalogue_entry": int((~known).sum()),
        "newest_event": newest.astimezone(UTC).isoformat(),
        "files": by_file,
        "quarantined_by_reason": _sorted(sum(reasons.values(), Counter())),
        "quarantined_by_file_and_reason": {
            file: _sorted(counts) for file, counts in reasons.items() if counts
        },
    }


def _total(interactions: Interactions) -> dict[str, int]:
    """The counts of all files of interactions together."""
    total: Counter[str] = Counter()
    for account in interactions.accounts:
        total.update(account.counts())
    if total["accepted"] != len(interactions.rows):  # the promise, with `python -O` too
        raise AssertionError("rows that were accepted are not all there")
    return dict(total)


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def main(
    raw: Path,
    staging: Path,
    batches: Path,
    out: Path,
    metrics: Path,
    params: Path = Path(PARAMS_FILE),
    cache: Cache = None,
) -> None:
    settings = load(Params, "merge", params)
    now = datetime.now(UTC)
    drops.take(staging, batches, now, settings.settle_s)
    catalogue = merge_catalogue(raw, settings)
    interactions = merge_interactions(raw, batches, settings, now, cache)
    summary = summarise(catalogue, interactions)
    quarantine = quarantine_table([*catalogue.accounts, *interactions.accounts])
    write_table(interactions.rows, out / "interactions.parquet")
    write_table(catalogue.products, out / "products.parquet")
    write_table(quarantine, out / "quarantine.parquet")
    write_json(metrics, summary)
    log.info(
        "merged: %s",
        ", ".join(f"{key} {value}" for key, value in list(summary.items())[:4]),
    )


if __name__ == "__main__":
    enter(main)
