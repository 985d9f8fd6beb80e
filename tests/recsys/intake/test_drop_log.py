"""The drop log says what became of every drop, and survives what cuts it short."""

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recsys.files.atomic import sha256_of
from recsys.intake import drop_log
from recsys.intake.batches import sealed
from recsys.intake.drop_log import clock_words, first_seen, note, own_files
from recsys.shop_csv import sample_shop
from tests.recsys.intake.worlds import (
    HEADER,
    LATER,
    LONG,
    NOW,
    OTHER,
    ROW,
    app,
    entry,
    facts,
    log_lines,
    take,
    text,
)
from tests.stages.merging import REVIEWS, batch_name, counts, quarantine, run
from tests.worlds import (
    REVIEW_COLUMNS,
    REVIEW_LINES,
    Shop,
    lines,
    make_shop,
    snapshot,
)


def test_the_drop_log_says_what_became_of_every_drop(shop: Shop) -> None:
    path = shop.drop("a.csv", ROW, OTHER)
    size, digest = path.stat().st_size, sha256_of(path)
    (name,) = take(shop)
    shop.drop("b.csv", ROW, OTHER)
    take(shop)
    keys = ("at", "file", "bytes", "rows", "sha256", "batch", "verdict", "reason")
    assert log_lines(shop, *keys) == [
        (NOW.isoformat(), "a.csv", size, 2, digest, name, "sealed", ""),
        (NOW.isoformat(), "b.csv", size, 2, digest, name, "known", ""),
    ]
    assert [batch.received for batch in sealed(shop.batches)] == [NOW]


def test_without_the_drop_log_no_row_is_lost_or_doubled(shop: Shop) -> None:
    shop.drop("a.csv", ROW)
    with app(shop) as handle:
        handle.write(HEADER + OTHER + "\n")
        take(shop)
        (shop.batches / "ledger.jsonl").unlink()
        handle.write(LONG + "\n")
        take(shop)
    shop.drop("a.csv", ROW)
    take(shop)
    assert text(shop) == f"{ROW}\n{OTHER}\n{LONG}\n"
    assert [batch.received for batch in sealed(shop.batches)] == [None, None, NOW]


def test_a_batch_was_received_when_it_was_first_sealed(three: Path) -> None:
    name = sealed(three)[0].name
    note(three, entry(name, "known", NOW))
    note(three, entry(name, "partial", LATER))
    note(three, entry(name, "sealed", NOW))
    assert [batch.received for batch in sealed(three)] == [LATER, NOW, None]


def test_the_shops_own_files_that_were_read_are_told_from_those_of_the_sample(
    tmp_path: Path,
) -> None:
    for name, sha256 in sample_shop.SHA256.items():
        first_seen(tmp_path, name, sha256, NOW)
    assert own_files(tmp_path) == []
    first_seen(tmp_path, REVIEWS, "0" * 64, NOW)
    assert own_files(tmp_path) == [REVIEWS]


def test_a_torn_last_line_is_passed_over_and_goes_with_the_next(three: Path) -> None:
    path = three / "ledger.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-1])
    assert len(drop_log.entries(three)) == 1
    note(three, entry("x", at=LATER))
    assert (
        path.read_bytes()
        == whole + json.dumps(vars(entry("x", at=LATER))).encode() + b"\n"
    )


@pytest.mark.parametrize(
    "junk",
    [
        b"\xff\n",
        b"[]\n",
        b'{"verdict": "sealed"}\n',
        b'{"at": 5, "verdict": "sealed"}\n',
    ],
)
def test_strange_lines_do_no_harm(three: Path, junk: bytes) -> None:
    before = facts(three)
    path = three / "ledger.jsonl"
    path.write_bytes(junk + path.read_bytes() + junk)
    assert facts(three) == before


def test_a_full_disk_leaves_the_drop_log_as_it_was(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def half(handle: int, data: bytes) -> int:
        monkeypatch.setattr(os, "write", full)
        return real(handle, data[: len(data) // 2])

    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = (three / "ledger.jsonl").read_bytes()
    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space"):
        note(three, entry("x"))
    assert (three / "ledger.jsonl").read_bytes() == before


# ---- when a content was first seen ----


def test_a_content_keeps_the_time_when_it_was_first_seen(tmp_path: Path) -> None:
    folder = tmp_path / "batches"
    assert first_seen(folder, "reviews.csv", "1" * 64, NOW) == NOW
    assert first_seen(folder, "reviews.csv", "2" * 64, LATER) == LATER
    before = snapshot(folder)
    assert first_seen(folder, "reviews.csv", "1" * 64, LATER) == NOW
    assert snapshot(folder) == before


def test_nothing_is_seen_before_the_newest_line_of_the_log(shop: Shop) -> None:
    assert first_seen(shop.batches, "reviews.csv", "1" * 64, LATER) == LATER
    assert first_seen(shop.batches, "reviews.csv", "2" * 64, NOW) == LATER
    shop.drop("a.csv", ROW)
    take(shop)
    assert [batch.received for batch in sealed(shop.batches)] == [LATER]
    assert log_lines(shop, "at") == [(LATER.isoformat(),)] * 3


def test_a_clock_that_is_behind_the_log_is_told(shop: Shop) -> None:
    assert clock_words(shop.batches, NOW) == ""
    first_seen(shop.batches, "reviews.csv", "1" * 64, LATER)
    assert clock_words(shop.batches, LATER - timedelta(seconds=59)) == ""
    assert clock_words(shop.batches, NOW) == (
        f"{shop.batches / 'ledger.jsonl'}: its newest line is of 2026-01-03 03:04 UTC, but the "
        "clock of this machine says 2026-01-02 03:04 UTC: the former is the time of what comes in "
        "now; set the clock (`timedatectl set-ntp true`); if it is right, it was ahead then: mend "
        "`at` in that line"
    )


def seen_at(shop: Shop, when: datetime) -> None:
    """Let everything in the drop log have come at this time."""
    noted = [
        json.dumps({**entry, "at": when.isoformat()})
        for entry in drop_log.entries(shop.batches)
    ]
    (shop.batches / "ledger.jsonl").write_text(
        lines(noted[0], noted[1:]), encoding="utf-8"
    )


def quarantine_after(shop: Shop) -> list[tuple[Any, ...]]:
    """What is in quarantine after another merge."""
    run(shop)
    return quarantine(shop)


def test_a_time_more_than_a_day_after_the_file_came_is_refused_now_and_ever_after(
    tmp_path: Path,
) -> None:
    came = datetime.now(UTC)
    soon, late = (f"{came + timedelta(hours=hours):%F %TZ}" for hours in (23, 25))
    shop = make_shop(tmp_path, [*REVIEW_LINES, f"s,p1,5,,,{soon}", f"l,p1,5,,,{late}"])
    shop.drop("a.csv", f"z,p1,5,mới,{soon}", f"z,p2,5,mới,{late}")
    shop.configure(merge={"max_refused_share": 1.0})
    found = run(shop)
    refused = [
        (REVIEWS, 10, "cmt_date", "time_future"),
        (batch_name(found), 3, "timestamp", "time_future"),
    ]
    assert (counts(found), quarantine(shop)) == ((11, 9, 0, 2), refused)
    before = snapshot(tmp_path)
    assert run(shop) == found
    assert snapshot(tmp_path) == before
    seen_at(
        shop, came - timedelta(days=9)
    )  # judged by when the file came, not by the clock
    assert quarantine_after(shop) == [
        (REVIEWS, 9, "cmt_date", "time_future"),
        refused[0],
        (batch_name(found), 2, "timestamp", "time_future"),
        refused[1],
    ]
    seen_at(shop, came + timedelta(days=9))
    assert quarantine_after(shop) == []


def test_a_raw_file_that_grew_is_seen_anew(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    run(shop)
    (first,) = drop_log.entries(shop.batches)
    assert (first["verdict"], first["file"], first["sha256"]) == (
        "seen",
        REVIEWS,
        sha256_of(shop.reviews),
    )
    run(shop)
    assert drop_log.entries(shop.batches) == [first]
    shop.reviews.write_text(
        lines(REVIEW_COLUMNS, [*REVIEW_LINES, "s,p1,5,,,2024-01-01"]), encoding="utf-8"
    )
    run(shop)
    noted = [entry["sha256"] for entry in drop_log.entries(shop.batches)]
    assert noted == [first["sha256"], sha256_of(shop.reviews)]


def test_the_name_of_the_drop_is_known_of_each_batch(shop: Shop) -> None:
    shop.drop("a.csv", ROW)
    shop.drop("b.csv", OTHER)
    first, second = take(shop)
    names = {first: "a.csv", second: "b.csv"}
    assert drop_log.names_of_drops(shop.batches) == names
    assert drop_log.names_of_drops(shop.batches / "none") == {}
