"""The interactions of the raw reviews and of all sealed batches, each once, and what became of the
rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from recsys.files.tables import Columns
from recsys.intake.batches import BATCH_NAME, sealed
from recsys.intake.drop_log import first_seen, not_before
from recsys.intake.engines import Engine
from recsys.intake.mended import replaced_by
from recsys.intake.raw_files import open_raw
from recsys.program.errors import DataError
from recsys.shop_csv import (
    contract,
    oddities,
    rounded_ids,
    sample_shop,
    unknown_products,
)
from recsys.shop_csv.accounts import (
    Account,
    Limit,
    RowKey,
    fault_of,
    forget_rows,
    refuse,
)
from recsys.shop_csv.cells import is_oddly_written
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.id_forms import in_both_forms, in_two_cases
from recsys.shop_csv.oddities import Odd, Oddity, OddParams
from recsys.shop_csv.rating_scale import misread
from recsys.shop_csv.reviews import Rules, open_account
from recsys.shop_csv.rounded_ids import Rounded, rounded_among
from recsys.shop_csv.unknown_products import Catalogue, Unknown, unknown_among


class Reading(NamedTuple):
    """How interactions are read, and when a file cannot be used."""

    rules: Rules
    limits: contract.Limits
    refused: Limit
    odd: OddParams

    def without_catalogue(self) -> "Reading":
        """The same for a shop without a file of products: no product is unknown."""
        never = self.odd.unknown_products.model_copy(update={"stop": 1.0})
        return self._replace(
            odd=self.odd.model_copy(update={"unknown_products": never})
        )


class _File(NamedTuple):
    """A file of interactions, what its columns are, when it came, and whether it is a raw one."""

    account: Account
    table: contract.Table
    received: datetime
    is_raw: bool


class _Read(NamedTuple):
    """A file that is used: its account, its rows, which of its products are unknown, and which of
    its ids were rounded.
    """

    account: Account
    rows: Columns
    unknown: Unknown
    rounded: Rounded


@dataclass
class Interactions:
    """The interactions of all files that are used, each once; the accounts of these; how many rows
    were mended; the batches that are blocked, why (by name); distinct products that the catalogue
    does not have; what is odd; and files that are used and look wrong, in words.
    """

    rows: Columns
    accounts: list[Account]
    mended: int
    blocked: list[Account]
    faults: dict[str, str]
    unknown_products: int
    odd: Odd
    doubts: list[str] = field(default_factory=list)

    @property
    def has_sample(self) -> bool:
        """Whether the reviews of the sample shop are among them."""
        files = ((one.source.name, one.sha256) for one in self.accounts)
        return any(sample_shop.is_part(name, sha256) for name, sha256 in files)

    def without_catalogue(self) -> "Interactions":
        """The same for a shop without a file of products: no product is unknown, and their forms
        are compared among themselves.
        """
        distinct = self.rows["product_id"].unique()
        oddly = distinct.filter(is_oddly_written(distinct))
        forms = _in_another_form(self.rows["product_id"], oddly)
        of_products = {
            "unknown_products": Oddity(0.0),
            "products_in_another_form": forms,
        }
        return replace(self, unknown_products=0, odd={**self.odd, **of_products})


@dataclass
class _Taken:
    """What is read so far, the newest file first."""

    used: list[_Read] = field(default_factory=list)
    blocked: list[Account] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    mended: int = 0


def merge_interactions(
    raw: Path,
    batches: Path,
    catalogue: Catalogue,
    reading: Reading,
    now: datetime,
    engine: Engine,
    translated: Sequence[Account] | None = None,
) -> Interactions:
    """The interactions of the raw reviews, or of the shop's `translated` files in their place, and
    of the batches that can be used. DataError if there is none, or a raw file cannot be used.
    """
    files = _files(raw, batches, now, translated)
    if not files:
        raise DataError(
            f"{batches}: no batch yet, and no file in {raw}; take the new rows of the database in: "
            f"`python runner.py sql`"
        )
    taken = _take(files, batches, catalogue, reading, engine)
    used = taken.used[::-1]
    if not sum(len(one.rows) for one in used):
        place = used[0].account.source.place if used else batches
        raise DataError(f"{place}: no usable row in it; put the shop's reviews there")
    accounts = {one.account.source.name: one.account for one in used}
    rows = engine.distinct([one.rows for one in used], accounts)
    unknown = pl.concat([one.unknown.ids for one in used]).n_unique()
    return Interactions(
        rows=rows,
        accounts=list(accounts.values()),
        mended=taken.mended,
        blocked=taken.blocked[::-1],
        faults=dict(reversed(taken.faults.items())),
        unknown_products=unknown,
        odd=_odd(rows, used),
        doubts=_doubts(used, catalogue, reading),
    )


def _files(
    raw: Path, batches: Path, now: datetime, translated: Sequence[Account] | None
) -> list[_File]:
    """The raw files, then the batches in their order."""
    files = []
    table = contract.REVIEWS if translated is None else contract.STAGING
    for account in [open_raw(raw, table)] if translated is None else translated:
        received = first_seen(batches, account.source.name, account.sha256, now)
        files.append(_File(account, table, received, is_raw=True))
    for batch in sealed(batches):
        source = Source(batch.name, str(batches / batch.name), batch.open)
        account = open_account(source, contract.STAGING, batch.sha256)
        received = batch.received or not_before(batches, now)
        files.append(_File(account, contract.STAGING, received, is_raw=False))
    return files


def _take(
    files: list[_File],
    batches: Path,
    catalogue: Catalogue,
    reading: Reading,
    engine: Engine,
) -> _Taken:
    """Read the files, the newest first: one that replaces refused rows of another comes after it,
    and does so only if it is used.
    """
    taken = _Taken()
    replaces, replaced = replaced_by(batches), set[RowKey]()
    for account, table, received, is_raw in reversed(files):
        rows = engine.read(account, table, reading.rules, received, reading.limits)
        mended = forget_rows(account, replaced)
        unknown = unknown_among(rows["product_id"], catalogue)
        rounded = rounded_among(rows)
        fault = _fault(account, unknown, rounded, catalogue, reading)
        if is_raw:
            refuse(account, fault)
        if fault:
            taken.blocked.append(account)
            taken.faults[account.source.name] = fault
            continue
        taken.mended += mended
        taken.used.append(_Read(account, rows, unknown, rounded))
        replaced |= replaces.get(account.sha256, set())
    return taken


def _fault(
    account: Account,
    unknown: Unknown,
    rounded: Rounded,
    catalogue: Catalogue,
    reading: Reading,
) -> str:
    """Why a file cannot be used, "" if it can be."""
    fewest = reading.refused.fewest
    return (
        misread(account.ratings, reading.rules.scale, fewest)
        or fault_of(account, reading.refused)
        or rounded_ids.fault_of(rounded, reading.odd, fewest)
        or unknown_products.fault_of(unknown, catalogue, reading.odd, fewest)
    )


def _odd(rows: Columns, used: list[_Read]) -> Odd:
    """What is odd with the interactions of all files."""
    accounts = [one.account for one in used]
    return {
        **oddities.of_rows(rows),
        **oddities.of_accounts(accounts),
        "rounded_ids": rounded_ids.of_files([one.rounded for one in used]),
        "users_in_two_cases": _in_two_cases("users", rows["user_id"], accounts),
        "products_in_two_cases": _in_two_cases(
            "products", rows["product_id"], accounts
        ),
        "users_in_another_form": _in_another_form(
            rows["user_id"], (user for one in accounts for user in one.odd_users)
        ),
        **unknown_products.of_files([one.unknown for one in used]),
    }


def _doubts(used: list[_Read], catalogue: Catalogue, reading: Reading) -> list[str]:
    """Which files look wrong by their products."""
    files = []
    for account, rows, unknown, _ in used:
        name = account.source.name
        is_batch = bool(BATCH_NAME.fullmatch(name))
        files.append(unknown_products.Used(name, rows, unknown, is_batch))
    warn = reading.odd.unknown_products.warn
    return unknown_products.doubts(files, catalogue, warn, reading.refused.fewest)


def _in_two_cases(what: str, ids: pl.Series, accounts: list[Account]) -> Oddity:
    """The share of the rows whose id stands there in another case, too: the rarer ones. Only where
    ids with capitals and with small letters stand together are all of them looked at.
    """
    cases = {case for account in accounts for case in account.cases}
    if not {f"{what} upper", f"{what} lower"} <= cases:
        return Oddity(0.0)
    found = in_two_cases(ids)
    return Oddity(found.share, str(found.forms))


def _in_another_form(ids: pl.Series, odd: Iterable[str]) -> Oddity:
    """The share of the rows whose id is one of the `odd` numbers and stands there plainly written,
    too.
    """
    written = set(odd)
    forms = in_both_forms(ids, written) if written else None
    if forms is None or not len(forms.ids):
        return Oddity(0.0)
    return Oddity(float(ids.is_in(forms.ids.implode()).sum()) / len(ids), str(forms))
