"""The interactions of the raw reviews and of all sealed batches, each once, and what became of the
rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from recsys.files.tables import Columns
from recsys.intake import other_forms
from recsys.intake.batches import BATCH_NAME, sealed
from recsys.intake.drop_log import first_seen, names_of_drops, not_before
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
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.id_forms import Forms
from recsys.shop_csv.oddities import Odd, Oddity, OddParams
from recsys.shop_csv.rating_scale import misread
from recsys.shop_csv.records import Refused
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
    """A file that was read: its account, its rows, whether it is a raw one, which of its products
    are unknown, which of its ids were rounded; how many rows were `read`, and which `refused`,
    before any was taken for mended.
    """

    account: Account
    rows: Columns
    is_raw: bool
    unknown: Unknown
    rounded: Rounded
    read: int
    refused: list[Refused]


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


@dataclass
class _Taken:
    """What is read so far, the newest file first; which ids of the `used` ones stand there in
    another form, too.
    """

    used: list[_Read] = field(default_factory=list)
    blocked: list[Account] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    mended: int = 0
    forms: dict[str, Forms] = field(default_factory=dict)

    @property
    def files(self) -> list[other_forms.File]:
        """The files that are used, the oldest first."""
        return [
            other_forms.File(one.account, one.rows, one.is_raw)
            for one in reversed(self.used)
        ]


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
    of the batches that can be used; without a `catalogue` no product is unknown. DataError if
    there is none, or a raw file cannot be used.
    """
    files = _files(raw, batches, now, translated)
    if not files:
        raise DataError(
            f"{batches}: no batch yet, and no file in {raw}; take the new rows of the database in: "
            f"`python runner.py sql`"
        )
    has_catalogue = len(catalogue.ids) > 0
    if not has_catalogue:
        reading = reading.without_catalogue()
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
        unknown_products=unknown if has_catalogue else 0,
        odd=_odd(rows, taken, has_catalogue=has_catalogue),
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
    """Read the files, and judge them: a second time without the batches whose ids the others have
    in another form.
    """
    found = [_read(one, catalogue, reading, engine) for one in reversed(files)]
    replaces = replaced_by(batches)
    taken = _judged(found, replaces, catalogue, reading, {})
    fewest = reading.refused.fewest
    faults = other_forms.faults(taken.files, taken.forms, reading.odd, fewest)
    if not faults:
        return taken
    drops = names_of_drops(batches)
    faults = {
        name: f"dropped as {drops[name]}: {fault}" if name in drops else fault
        for name, fault in faults.items()
    }
    return _judged(found, replaces, catalogue, reading, faults)


def _read(file: _File, catalogue: Catalogue, reading: Reading, engine: Engine) -> _Read:
    account, table, received, is_raw = file
    rows = engine.read(account, table, reading.rules, received, reading.limits)
    unknown = unknown_among(rows["product_id"], catalogue)
    whole = (account.read, account.refused)
    return _Read(account, rows, is_raw, unknown, rounded_among(rows), *whole)


def _judged(
    found: list[_Read],
    replaces: dict[str, set[RowKey]],
    catalogue: Catalogue,
    reading: Reading,
    faults: dict[str, str],
) -> _Taken:
    """Which files are used, the newest first: one that replaces refused rows of another comes after
    it, and does so only if it is used. `faults` are known of some, by name.
    """
    taken, replaced = _Taken(), set[RowKey]()
    for one in found:
        account = one.account
        account.read, account.refused = one.read, one.refused
        mended = forget_rows(account, replaced)
        fault = _fault(one, catalogue, reading) or faults.get(account.source.name, "")
        if one.is_raw:
            refuse(account, fault)
        if fault:
            taken.blocked.append(account)
            taken.faults[account.source.name] = fault
            continue
        taken.mended += mended
        taken.used.append(one)
        replaced |= replaces.get(account.sha256, set())
    has_catalogue = len(catalogue.ids) > 0
    if taken.used:
        taken.forms = other_forms.forms_in(
            taken.files, reading.odd, has_catalogue=has_catalogue
        )
    return taken


def _fault(one: _Read, catalogue: Catalogue, reading: Reading) -> str:
    """Why a file cannot be used, "" if it can be."""
    fewest = reading.refused.fewest
    return (
        misread(one.account.ratings, reading.rules.scale, fewest)
        or fault_of(one.account, reading.refused)
        or rounded_ids.fault_of(one.rounded, reading.odd, fewest)
        or unknown_products.fault_of(one.unknown, catalogue, reading.odd, fewest)
    )


def _odd(rows: Columns, taken: _Taken, *, has_catalogue: bool) -> Odd:
    """What is odd with the interactions of all files."""
    accounts = [one.account for one in taken.used]
    of_catalogue = unknown_products.of_files([one.unknown for one in taken.used])
    of_forms = other_forms.shares(rows, taken.forms, accounts)
    if has_catalogue:
        of_products = {**of_forms, **of_catalogue}
    else:
        of_products = {**of_forms, "unknown_products": Oddity(0.0)}
    return {
        **oddities.of_rows(rows),
        **oddities.of_accounts(accounts),
        "rounded_ids": rounded_ids.of_files([one.rounded for one in taken.used]),
        **of_products,
    }


def _doubts(used: list[_Read], catalogue: Catalogue, reading: Reading) -> list[str]:
    """Which files look wrong by their products."""
    files = []
    for one in used:
        name = one.account.source.name
        is_batch = bool(BATCH_NAME.fullmatch(name))
        files.append(unknown_products.Used(name, one.rows, one.unknown, is_batch))
    warn = reading.odd.unknown_products.warn
    return unknown_products.doubts(files, catalogue, warn, reading.refused.fewest)
