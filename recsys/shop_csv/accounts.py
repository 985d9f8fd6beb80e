"""What became of the rows of a file: read = accepted + duplicates + quarantined, checked, not
assumed.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from recsys.program.errors import DataError
from recsys.shop_csv.csv_file import Source, guess_encoding
from recsys.shop_csv.reasons import HINTS
from recsys.shop_csv.records import Block, Refused

SAMPLE_BYTES = 1 << 16


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

    def counts(self) -> dict[str, int]:
        """The four counts. AssertionError if a row is lost: that is a bug, and nothing may be
        written.
        """
        assert self.read == self.accepted + self.duplicates + len(self.refused), self.source.name  # noqa: S101
        return {
            "read": self.read,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "quarantined": len(self.refused),
        }


def judge(block: Block, reasons: dict[str, np.ndarray]) -> tuple[np.ndarray, list[Refused]]:
    """Which rows are good (rows,) bool, and the others with the first reason that holds, column by
    column.
    """
    bad = np.zeros(len(block), dtype=bool)
    refused = []
    for column, reason in reasons.items():
        for at in np.flatnonzero((reason != "") & ~bad).tolist():
            refused.append(Refused(int(block.line[at]), block.raw[at], column, str(reason[at])))
        bad |= reason != ""
    return ~bad, refused


def check_share(account: Account, limit: float) -> None:
    """DataError if more than the share `limit` of a file's rows is refused; it names the worst of
    the reasons.
    """
    if not account.read or len(account.refused) <= limit * account.read:
        return
    place = account.source.place
    often = Counter(row.reason for row in account.refused).most_common(1)[0][0]
    first = next(row for row in account.refused if row.reason == often)
    hint = HINTS[often]
    if often == "encoding":
        with account.source.open() as handle:
            hint = f"it looks like {guess_encoding(handle.read(SAMPLE_BYTES))}; save it as UTF-8"
    raise DataError(
        f"{place}: {len(account.refused)} of {account.read} rows are refused, more than merge.max_refused_share "
        f"({limit:g}); most for {often}, first line {first.line}: {hint}. "
        f"Mend the file, or set a batch aside with `python runner.py quarantine set-aside {account.source.name}`"
    )


def quarantine_table(accounts: Iterable[Account]) -> pl.DataFrame:
    """Every refused row, by file and line."""
    rows = [
        (
            account.source.name,
            account.sha256,
            row.line,
            row.raw,
            row.column,
            row.reason,
            HINTS[row.reason],
        )
        for account in accounts
        for row in sorted(account.refused, key=lambda row: row.line)
    ]
    names = ("file", "sha256", "line", "raw", "column", "reason", "hint")
    schema = {name: pl.Int64 if name == "line" else pl.String for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")
