"""What the last run has read, as far as its file tells."""

import json
import shutil
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.intake import last_run
from tests.stages.merging import run
from tests.worlds import REVIEW_COLUMNS, lines, make_shop, snapshot

BATCH = "000001-0000000000000000.csv"


def test_rows_by_file_of_the_same_shop(tmp_path: Path) -> None:
    metrics = tmp_path / "merge.json"
    files = {"a.csv": {"read": 3, "accepted": 2}}
    metrics.write_text(json.dumps({"sample": False, "files": files}))
    assert last_run.read(metrics, is_sample=False).rows == {"a.csv": 3}
    metrics.write_text(json.dumps({"sample": True, "files": files}))
    assert last_run.read(metrics, is_sample=True).rows == {"a.csv": 3}
    assert last_run.read(metrics, is_sample=False).rows == {}


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"sample": false, "files": {"a": {}}}']
)
def test_nothing_is_known_of_a_run_without_a_whole_file(
    tmp_path: Path, content: str | None
) -> None:
    metrics = tmp_path / "merge.json"
    if content is not None:
        metrics.write_text(content)
    assert last_run.read(metrics, is_sample=False).rows == {}


@pytest.mark.parametrize(
    ("before", "now", "is_told"),
    [(100, 89, True), (100, 90, False), (19, 1, False), (20, 0, True), (5, 9, False)],
)
def test_a_file_with_clearly_fewer_rows_is_told(
    before: int, now: int, is_told: bool
) -> None:
    last = last_run.LastRun({"a.csv": before, BATCH: 1000})
    files = {"a.csv": {"read": now}, BATCH: {"read": 1}, "new.csv": {"read": 0}}
    words = last_run.cut_short(last, files, Path("raw"), 20)
    told = f"raw/a.csv: {now} rows, where the last run read {before}: was the file cut"
    assert [one.startswith(told) for one in words] == [True] * is_told


def test_a_raw_file_that_was_cut_short_is_told_once_and_no_out_tells_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = [f"u{n},p1,5,,,2024-01-01 10:00:00" for n in range(40)]
    shop, clean = make_shop(tmp_path / "a", whole), make_shop(tmp_path / "b", whole)
    run(shop)
    for one in (shop, clean):
        text = lines(REVIEW_COLUMNS, whole[:20])
        one.reviews.write_text(text, encoding="utf-8")
        run(one)
    told = [words for words in caplog.messages if "cut short" in words]
    assert told == [
        f"{shop.reviews}: 20 rows, where the last run read 40: was the file cut short? If so, put "
        "the whole one there and run again; if it is meant to be shorter, there is nothing to do"
    ]
    assert snapshot(shop.merged) == snapshot(clean.merged)
    assert shop.metrics.read_bytes() == clean.metrics.read_bytes()
    run(shop)
    assert len([words for words in caplog.messages if "cut short" in words]) == 1


def test_own_files_in_the_place_of_the_sample_are_not_compared_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = make_shop(tmp_path)
    shop.metrics.parent.mkdir(exist_ok=True)
    files = {"data_reviews_purchase.csv": {"read": 6835}}
    shop.metrics.write_text(json.dumps({"sample": True, "files": files}))
    run(shop)
    assert "cut short" not in caplog.text


def test_a_sample_in_data_raw_that_was_cut_short_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = make_shop(tmp_path)
    shutil.copytree(ROOT / "data/sample", shop.raw, dirs_exist_ok=True)
    run(shop)
    rows = shop.reviews.read_text(encoding="utf-8").splitlines(keepends=True)
    shop.reviews.write_text("".join(rows[:3000]), encoding="utf-8")
    run(shop)
    assert "where the last run read 6835" in caplog.text
