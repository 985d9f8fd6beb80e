"""This machine as an engine: what it reads, finds to be equal and writes."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from recsys.files.atomic import sha256_of
from recsys.files.tables import write_table
from recsys.intake.engines import Local
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.reviews import Rules, open_account
from tests.recsys.shop_csv.read_drop import CAME, LIMITS, RULES

HEADER = "user_id,product_id,rating,comment,timestamp\n"
ROW = "u1,p1,5,good,2024-01-02 10:00\n"


def opened(path: Path, text: str) -> Account:
    path.write_text(text)
    return open_account(Source.of(path), STAGING, sha256_of(path))


def test_equal_rows_of_two_files_are_one_and_the_later_file_says_so(
    tmp_path: Path,
) -> None:
    accounts = [
        opened(tmp_path / "a.csv", HEADER + ROW),
        opened(tmp_path / "b.csv", HEADER + ROW + ROW.replace("u1", "u2")),
    ]
    engine = Local(tmp_path / "cache")
    found = [engine.read(one, STAGING, RULES, CAME, LIMITS) for one in accounts]
    rows = engine.distinct(found, {one.source.name: one for one in accounts})
    assert rows["user_id"].to_list() == ["u1", "u2"]
    assert [one.duplicates for one in accounts] == [0, 1]
    assert [one.counts()["accepted"] for one in accounts] == [1, 1]


def test_what_is_written_is_the_table(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    Local(None).write(frame, tmp_path / "a.parquet")
    write_table(frame, tmp_path / "b.parquet")
    written = [(tmp_path / name).read_bytes() for name in ("a.parquet", "b.parquet")]
    assert written[0] == written[1]


def test_rules_are_used(tmp_path: Path) -> None:
    account = opened(tmp_path / "a.csv", HEADER + ROW.replace(",5,", ",8,"))
    rules = Rules(RULES.times)
    rows = Local(None).read(account, STAGING, rules, datetime.now(UTC), LIMITS)
    assert (len(rows), account.refused[0].reason) == (0, "rating_range")
