"""What became of the rows of a file: read = accepted + duplicates + quarantined, checked, not
assumed.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from recsys.program.errors import DataError
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.header import guess_encoding
from recsys.shop_csv.rating_scale import Ratings
from recsys.shop_csv.reasons import REASONS
from recsys.shop_csv.records import Block, Refused

SAMPLE_BYTES = 1 << 16

MANY_ODD = 10_000  # user ids that are oddly written: more of them tell nothing more

RowKey = tuple[str, int]  # sha256 of a file, line in it


class Facts(NamedTuple):
    """What an account is told of a block: rows that were read and accepted of it, and as in
    Account.
    """

    read: int
    accepted: int
    refused: list[Refused]
    unseen: int
    ratings: Ratings
    odd_users: frozenset[str]
    cases: frozenset[str]


@dataclass
class Account:
    """The rows of one file. `read` is counted where the file is read, the others where their fate
    is decided.
    """

    source: Source
    sha256: str
    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: list[Refused] = field(default_factory=list)
    # what is odd with it, for people (oddities.py)
    unseen: int = 0  # ids with a character that shows nothing, or an unusual blank
    ratings: Ratings = field(default_factory=Ratings)
    odd_users: set[str] = field(default_factory=set)  # numbers that are oddly written
    cases: set[str] = field(default_factory=set)  # of the letters of its ids (cells.py)

    def add(self, facts: Facts) -> None:
        """Add what was read of one more block."""
        self.read += facts.read
        self.accepted += facts.accepted
        self.refused += facts.refused
        self.unseen += facts.unseen
        self.ratings.merge(facts.ratings)
        if len(self.odd_users) < MANY_ODD:
            self.odd_users |= facts.odd_users
        self.cases |= facts.cases

    def counts(self) -> dict[str, int]:
        """The four counts. AssertionError if a row is lost: that is a bug, and nothing may be
        written.
        """
        quarantined = len(self.refused)
        known = self.accepted + self.duplicates + quarantined
        if self.read != known:  # no assert: the promise holds with `python -O` too
            raise AssertionError(self.source.name)
        return {
            "read": self.read,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "quarantined": quarantined,
        }


class Judged(NamedTuple):
    """Which rows of a block are `good` (rows,) bool, and the others, refused."""

    good: np.ndarray
    refused: list[Refused]


def judge(block: Block, reasons: dict[str, np.ndarray]) -> Judged:
    """Refuse each row for the first reason that holds, column by column; `reasons` are (rows,) str,
    "" where nothing is wrong.
    """
    bad = np.zeros(len(block), dtype=bool)
    refused = []
    for column, reason in reasons.items():
        is_wrong = reason != ""
        for at in np.flatnonzero(is_wrong & ~bad).tolist():
            refused.append(
                Refused(int(block.line[at]), block.raw[at], column, str(reason[at]))
            )
        bad |= is_wrong
    return Judged(~bad, refused)


def forget_rows(account: Account, keys: Collection[RowKey]) -> int:
    """Take refused rows out of the account that are replaced elsewhere; how many there were."""
    kept = [row for row in account.refused if (account.sha256, row.line) not in keys]
    count = len(account.refused) - len(kept)
    account.refused = kept
    account.read -= count
    return count


class Limit(NamedTuple):
    """How many rows of a file may be refused: the share `most`, in a file of `fewest` rows or
    more.
    """

    most: float
    fewest: int


def fault_of(account: Account, limit: Limit) -> str:
    """Why a file cannot be used, to be read after its name, and what to do; "" if no more of its
    rows are refused than may be.
    """
    refused = len(account.refused)
    if account.read < limit.fewest or refused <= limit.most * account.read:
        return ""
    worst = Counter(row.reason for row in account.refused).most_common(1)[0][0]
    first = next(row for row in account.refused if row.reason == worst)
    return (
        f"{refused} of {account.read} rows are refused, more than merge.max_refused_share "
        f"({limit.most:g}); most for {worst}, first line {first.line}: "
        f"{_advice(account, worst)}. Mend the file"
    )


class BlockedError(DataError):
    """A file that cannot be used stops the run; its account says which rows were refused."""

    def __init__(self, account: Account, fault: str) -> None:
        super().__init__(f"{account.source.place}: {fault}")
        self.account, self.fault = account, fault


def refuse(account: Account, fault: str) -> None:
    """BlockedError that names the file, if there is a fault."""
    if fault:
        raise BlockedError(account, fault)


def _advice(account: Account, reason: str) -> str:
    if reason != "encoding":
        return REASONS[reason].hint
    with account.source.open() as handle:
        sample = handle.read(SAMPLE_BYTES)
    return f"it looks like {guess_encoding(sample)}; save it as UTF-8"


def quarantine_table(accounts: Iterable[Account]) -> pl.DataFrame:
    """Every refused row, by file and line: file, sha256, line, raw, column, reason, hint."""
    rows = []
    for account in accounts:
        file = (account.source.name, account.sha256)
        for row in sorted(account.refused, key=lambda row: row.line):
            hint = REASONS[row.reason].hint
            rows.append((*file, row.line, row.raw, row.column, row.reason, hint))
    names = ("file", "sha256", "line", "raw", "column", "reason", "hint")
    schema = {name: pl.Int64 if name == "line" else pl.String for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")
