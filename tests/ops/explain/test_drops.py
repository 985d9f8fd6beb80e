"""What lies in data/staging, by what the intake itself would do with it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from ops.explain import drops
from ops.explain.moments import Clock
from recsys.intake import drops as intake
from recsys.intake.claims import FOREIGN
from recsys.program.errors import DataError
from tests.ops.explain.rows import CLOCK, NOW

HEADER = "user_id,product_id,rating,comment,timestamp\n"
ROW = "u,p,5,good,2026-11-01 10:00:00\n"


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    (tmp_path / "staging").mkdir()
    return tmp_path / "staging"


def drop(staging: Path, name: str, text: str = HEADER + ROW, age_h: float = 1) -> None:
    (staging / name).write_text(text)
    at = (NOW - timedelta(hours=age_h)).timestamp()
    os.utime(staging / name, (at, at))


def test_nothing_is_there(staging: Path) -> None:
    for folder in (staging, staging / "gone"):
        found = drops.look(folder)
        assert found == drops.Drops((), (), (), ())
        assert drops.lines(found, CLOCK) == ["none waits"]


def test_what_the_intake_would_take_waits_and_nothing_else(staging: Path) -> None:
    drop(staging, "b.csv", age_h=5)
    drop(staging, "a.csv")
    drop(staging, "empty.csv", "")
    drop(staging, ".hidden.csv")
    drop(staging, "notes.txt")
    (staging / "folder.csv").mkdir()
    found = drops.look(staging)
    assert [each.name for each in found.waiting] == ["a.csv", "b.csv"]
    size = 2 * len(HEADER + ROW)
    assert drops.lines(found, CLOCK) == [
        f"2 wait ({size} B, the oldest for 5 h): a.csv, b.csv",
        f"1 waits ({size // 2} B, the oldest for 1 h): notes.txt; taken if a mapping of source "
        "reads it",
    ]
    assert found.as_json()["others"][0]["name"] == "notes.txt"
    assert found.as_json()["waiting"][1]["at"] == "2026-11-22T23:00:00+00:00"


def test_drops_in_the_shops_own_form_wait(staging: Path) -> None:
    drop(staging, "orders.jsonl.gz", age_h=2)
    (staging / FOREIGN).mkdir()
    drop(staging / FOREIGN, "claimed.csv", age_h=3)
    (line,) = drops.lines(drops.look(staging), CLOCK)
    assert line.endswith(
        "3 h): claimed.csv, orders.jsonl.gz; taken if a mapping of source reads it"
    )


def test_a_refused_drop_of_any_ending_is_told(staging: Path) -> None:
    (staging / ".refused").mkdir()
    (staging / ".refused/a.jsonl").write_text("{}\n")
    (staging / ".refused/a.jsonl.reason.txt").write_text("add 'item'\n")
    (found,) = drops.look(staging).refused
    assert (found.name, found.reason) == ("a.jsonl", "add 'item'")


def test_a_refused_drop_is_told_with_the_intakes_own_reason(staging: Path) -> None:
    drop(staging, "odd.csv", "no,such,header\n1,2,3\n")
    with pytest.raises(DataError):
        intake.take(staging, staging.parent / "batches", NOW, 0.0)
    found = drops.look(staging)
    assert (found.waiting, len(found.refused)) == ((), 1)
    (line,) = drops.lines(found, CLOCK)
    assert line.startswith(
        "1 refused, in data/staging/.refused; the newest, 000001-odd.csv: "
    )
    assert "header" in line


def test_a_drop_that_its_writer_goes_on_with_is_half_taken(staging: Path) -> None:
    drop(staging, intake.APPENDED)
    with (staging / intake.APPENDED).open("a"):
        intake.take(staging, staging.parent / "batches", NOW, 0.0)
    found = drops.look(staging)
    assert [each.name for each in found.half_taken] == [intake.APPENDED]
    assert drops.lines(found, CLOCK) == [
        "new_interactions.csv: half taken in; the next refresh goes on with it"
    ]


def test_what_dvc_hangs_on_is_told_first(staging: Path) -> None:
    drop(staging, "a.csv")
    os.mkfifo(staging / "pipe\x1b")
    found = drops.look(staging)
    assert found.blocking == ("pipe\\x1b",)
    assert drops.lines(found, CLOCK)[0].startswith(
        "BLOCKED: data/staging holds pipe\\x1b: "
    )


def test_a_name_that_a_terminal_would_obey_is_escaped(staging: Path) -> None:
    drop(staging, "a\x1b[2J.csv")
    (line,) = drops.lines(drops.look(staging), Clock(NOW, CLOCK.zone))
    assert line.endswith("a\\x1b[2J.csv")


def test_the_last_drop_of_a_table_is_told(staging: Path) -> None:
    for number, end in ((1, "50"), (2, "60")):
        drop(
            staging,
            f"sql-reviews-0123abcd-00000{number}_1_{end}.csv",
            HEADER + ROW * number,
        )
    intake.take(staging, staging.parent / "batches", NOW, 0.0)
    found = drops.look(staging)
    assert found.as_json()["tables"] == [
        {"table": "reviews", "up_to": "60", "rows": 2, "at": NOW.isoformat()}
    ]
    first, line = drops.lines(found, CLOCK)
    assert first == "none waits"
    assert line.startswith("reviews, of the database: 2 new rows taken ")
    assert "up to 60; `python runner.py sql --dry-run`" in line
