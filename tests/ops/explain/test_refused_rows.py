"""Refused rows of the last merge, in a line."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ops.explain import refused_rows
from recsys.intake import drop_log
from recsys.intake.drop_log import Entry
from tests.ops.explain.rows import NOW

BATCH = "000001-0123456789abcdef.csv"
MERGED = {
    "read": 6835,
    "quarantined": 4,
    "files": {
        "data_product.csv": {"quarantined": 0},
        "data_reviews_purchase.csv": {"quarantined": 1},
        BATCH: {"quarantined": 3},
    },
    "quarantined_by_reason": {"cells": 1, "rating_range": 3},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "data" / "batches").mkdir(parents=True)
    (tmp_path / "metrics" / "merge.json").write_text(json.dumps(MERGED))
    entry = Entry(NOW.isoformat(), "new.csv", 9, 3, "a" * 64, BATCH, "sealed")
    drop_log.note(tmp_path / "data" / "batches", entry)
    return tmp_path


def test_they_are_told_by_reason_the_most_frequent_first(root: Path) -> None:
    found = refused_rows.look(root)
    assert found
    assert found.sentence == (
        "4 of 6,835 rows: rating_range 3, cells 1; see `python runner.py quarantine`"
    )
    assert found.as_json() == {
        "read": 6835,
        "refused": 4,
        "by_reason": {"cells": 1, "rating_range": 3},
        "by_file": {"data_reviews_purchase.csv": 1, "new.csv": 3},
    }


def test_a_batch_is_told_by_the_name_of_its_drop_if_it_came_just_now(
    root: Path,
) -> None:
    found = refused_rows.look(root)
    assert found
    assert found.new_since(NOW) == "3 rows of new.csv"
    assert found.new_since(NOW + timedelta(seconds=1)) == ""


def test_whether_it_is_the_sample_shop_is_told(root: Path) -> None:
    path = root / "metrics" / "merge.json"
    for said, is_sample in ((True, True), (False, False), ("x", False)):
        path.write_text(json.dumps(MERGED | {"sample": said}))
        found = refused_rows.look(root)
        assert found and found.of_sample is is_sample


def test_nothing_refused(root: Path) -> None:
    merged = MERGED | {"quarantined": 0}
    (root / "metrics" / "merge.json").write_text(json.dumps(merged))
    found = refused_rows.look(root)
    assert found and found.sentence == "no row of 6,835"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"read": "x"}', None])
def test_no_merge_or_a_torn_file_tells_nothing(root: Path, text: str | None) -> None:
    path = root / "metrics" / "merge.json"
    path.unlink() if text is None else path.write_text(text)
    assert refused_rows.look(root) is None


def test_blocked_files_are_told_by_their_names(root: Path) -> None:
    assert refused_rows.blocked(root / "nowhere") == {}
    path = root / "metrics" / "merge.json"
    path.write_text(json.dumps(MERGED | {"blocked": {BATCH: "half is bad"}}))
    stopped = root / "data" / "merged" / "blocked" / "fault.json"
    stopped.parent.mkdir(parents=True)
    stopped.write_text('{"reviews.csv": "all is bad"}')
    found = refused_rows.blocked(root)
    assert found == {"new.csv": "half is bad", "reviews.csv": "all is bad"}
    assert refused_rows.blocked_lines(found)[1] == "reviews.csv: all is bad"
    many = {f"{at}.csv": "" for at in range(5)}
    assert refused_rows.blocked_lines(many)[-1] == "2 more files"
