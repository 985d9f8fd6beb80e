"""Read a file of interactions in a test, and say in short what became of its rows."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from recsys.shop_csv.accounts import Account
from recsys.shop_csv.contract import STAGING, Limits, Table
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.reviews import Rules, open_account, read_interactions
from recsys.shop_csv.times import TimeRules
from tests.worlds import DROP_COLUMNS, lines

RULES = Rules(TimeRules(("iso8601",), "UTC", date(2000, 1, 1)))
LIMITS = Limits(file_bytes=10**9, rows=10**6, columns=256, field_bytes=10**5)
CAME = datetime(2024, 6, 1, tzinfo=UTC)
T = "2024-01-01 10:00:00"
Rows = list[tuple[str, str, float, str]]


def read(
    path: Path, *rows: str, header: str = DROP_COLUMNS, table: Table = STAGING
) -> tuple[pl.DataFrame, Account]:
    """The accepted rows of a file, and its account."""
    path.write_text(lines(header, rows), encoding="utf-8")
    account = open_account(Source.of(path), table, "")
    frame = read_interactions(account, table, RULES, CAME, LIMITS)
    assert account.counts()["accepted"] == len(frame)
    return frame, account


def read_drop(
    folder: Path, *rows: str, header: str = DROP_COLUMNS
) -> tuple[Rows, list[tuple[int, str, str]]]:
    """The same of a drop: (user, product, rating, comment), and (line, column, reason)."""
    frame, account = read(folder / "drop.csv", *rows, header=header)
    short = frame.select("user_id", "product_id", "rating", "comment").rows()
    return short, [(row.line, row.column, row.reason) for row in account.refused]


Z = f"z,p9,3,,{T}"
Z_ROW = ("z", "p9", 3.0, "")
