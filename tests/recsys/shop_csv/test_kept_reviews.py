"""Rows that are kept are those that reading the file again would give, and so is their account."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recsys.files.atomic import sha256_of
from recsys.shop_csv import kept_reviews
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.contract import STAGING, Limits
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.kept_reviews import KeptReviews
from recsys.shop_csv.reviews import Rules
from recsys.shop_csv.times import TimeRules

RULES = Rules(TimeRules(("iso8601",), "Asia/Ho_Chi_Minh", date(2000, 1, 1)))
RECEIVED = datetime(2024, 5, 1, tzinfo=UTC)
LIMITS = Limits(10**9, 10**6, 256, 10**5)
TEXT = """user_id,product_id,rating,comment,timestamp
a,p1,5,"tốt, ""lắm"" nha",2024-01-01T10:00:00Z
b,p1,6,,2024-01-01T10:00:00Z
b,p2,4,"một
hai",2024-04-30 10:00:00
c,p2,4,,2024-05-03 10:00:00
c,p2,4
"""
OTHERS: list[dict[str, Any]] = [
    {"rules": Rules(replace(RULES.times, zone="UTC"))},
    {"rules": Rules(replace(RULES.times, earliest=date(2024, 2, 1)))},
    {"rules": Rules(replace(RULES.times, formats=("epoch_s",)))},
    {"received": datetime(2024, 5, 4, tzinfo=UTC)},
    {"limits": replace(LIMITS, field_bytes=5)},
    {"table": replace(STAGING, columns=STAGING.columns[:3] + STAGING.columns[4:])},
]


@pytest.fixture(autouse=True)
def _small_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_reviews, "FEWEST_ROWS", 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "drop.csv"
    made.write_text(TEXT, encoding="utf-8")
    return made


def read(
    path: Path, kept: KeptReviews, name: str = "000001-x.csv", **changes: Any
) -> tuple[pl.DataFrame, Account]:
    account = Account(Source(name, str(path), lambda: path.open("rb")), sha256_of(path))
    how = {"table": STAGING, "rules": RULES, "received": RECEIVED, "limits": LIMITS}
    return kept.read(account, **how | changes), account


def test_the_second_reading_is_the_first_one_without_the_file(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, account = read(path, KeptReviews(None))
    assert sorted(row.reason for row in account.refused) == [
        "cells",
        "rating_range",
        "time_future",
    ]
    kept = KeptReviews(tmp_path / "kept")
    read(path, kept)
    monkeypatch.setattr(kept_reviews, "read_interactions", None)
    for name in ("000001-x.csv", "another.csv"):
        again, same = read(path, kept, name)
        assert again.equals(rows.with_columns(file=pl.lit(name)))
        assert again.schema == rows.schema
        assert (same.read, same.accepted) == (account.read, account.accepted)
        assert same.refused == account.refused


@pytest.mark.parametrize("changes", OTHERS)
def test_other_rules_are_not_answered_by_what_is_kept(
    path: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    kept = KeptReviews(tmp_path / "kept")
    read(path, kept)
    if "table" in changes:
        key = kept_reviews.key_of
        account = read(path, KeptReviews(None))[1]
        known = key(account, STAGING, RULES, RECEIVED, LIMITS)
        assert key(account, changes["table"], RULES, RECEIVED, LIMITS) != known
        return
    found, expected = (read(path, one, **changes) for one in (kept, KeptReviews(None)))
    assert found[0].equals(expected[0])
    assert found[1].refused == expected[1].refused
    assert not found[0].equals(read(path, KeptReviews(None))[0]) or (
        found[1].refused != read(path, KeptReviews(None))[1].refused
    )


@pytest.mark.parametrize("what", ["code", "zone_data"])
def test_other_code_or_zone_data_is_another_key(
    path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    account = read(path, KeptReviews(None))[1]
    before = kept_reviews.key_of(account, STAGING, RULES, RECEIVED, LIMITS)
    monkeypatch.setattr(kept_reviews, what, lambda *_: ["another"])
    after = kept_reviews.key_of(account, STAGING, RULES, RECEIVED, LIMITS)
    assert before != after


def test_the_zone_is_known_by_its_offsets() -> None:
    zones = [kept_reviews.zone_data(zone) for zone in ("UTC", "Asia/Ho_Chi_Minh")]
    assert all(zones)


def test_what_is_read_no_more_goes(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    read(path, KeptReviews(folder))
    path.write_text(TEXT + "d,p1,5,,2024-01-01T10:00:00Z\n", encoding="utf-8")
    kept = KeptReviews(folder)
    read(path, kept)
    assert len(list(folder.iterdir())) == 4
    kept.forget_others()
    assert sorted(one.stem for one in folder.iterdir()) == [sha256_of(path)[:16]] * 2


def test_small_files_are_not_worth_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_reviews, "FEWEST_ROWS", 100)
    read(path, KeptReviews(tmp_path / "kept"))
    assert not (tmp_path / "kept").exists()
