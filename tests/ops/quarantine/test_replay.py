"""A mended row counts once; a kill between two files loses none."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from bench.house.imports import ROOT
from ops.quarantine import command as quarantine
from ops.quarantine import replay
from recsys.intake.batches import sealed
from recsys.program.errors import ConfigError, DataError
from tests.ops.quarantine.worlds import (
    NOW,
    cells,
    exported,
    in_quarantine,
    mend,
    merged,
    places,
)
from tests.worlds import REVIEW_LINES, Shop, complains, make_shop, snapshot


def test_a_mended_row_counts_once(shop: Shop, printed: Callable[..., str]) -> None:
    assert merged(shop) == (10, 7, 3, 0)
    path = exported(shop)
    mend(path, 9, rating="4")
    assert printed(quarantine.replay, path).splitlines() == [
        "1 rows replayed; the next `python runner.py repro` merges them",
        "rows as they were refused: 2, the first in line 3; they stay in quarantine",
    ]
    (drop,) = shop.staging.glob("*.csv")
    assert drop.read_text(encoding="utf-8").splitlines() == [
        '"user_id","product_id","rating","comment","timestamp"',
        '"x","007","4","=tốt","2024-01-01 10:00:00"',
    ]
    assert "wait for the next `python runner.py repro`: 1\n" in printed(
        quarantine.list_rows
    )
    assert merged(shop) == (10, 8, 2, 1)
    assert [line for _, line, _ in in_quarantine(shop)] == [10, 11]
    accepted = pl.read_parquet(shop.merged / "interactions.parquet").filter(
        pl.col("user_id") == "x"
    )
    assert accepted.select("product_id", "rating", "comment").rows() == [
        ("007", 4.0, "=tốt")
    ]


def test_the_format_of_mended_csv(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 11, user_id="z")
    mend(path, 9, rating="4")
    replay.replay(path, places(shop), NOW)
    merged(shop)
    source = pl.read_parquet(shop.merged / "quarantine.parquet")["sha256"][0]
    (batch,) = sealed(shop.batches)
    assert (shop.batches / "mended.csv").read_text(encoding="ascii").splitlines() == [
        "sha256,line,batch_sha256",
        f"{source},9,{batch.sha256}",
        f"{source},11,{batch.sha256}",
    ]


@pytest.mark.parametrize("after_a_merge", [False, True])
def test_the_same_file_again_adds_nothing(shop: Shop, after_a_merge: bool) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    replay.replay(path, places(shop), NOW)
    if after_a_merge:
        merged(shop)
    before = snapshot(shop.folder)
    assert replay.replay(path, places(shop), NOW).splitlines()[:2] == [
        "0 rows replayed",
        "rows replayed before, nothing added: 1",
    ]
    assert snapshot(shop.folder) == before


def test_what_is_mended_later_in_the_same_file_is_added(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    replay.replay(path, places(shop), NOW)
    mend(path, 11, user_id="z")
    replay.replay(path, places(shop), NOW)
    assert merged(shop) == (10, 9, 1, 2)


def test_a_row_that_is_still_wrong_is_judged_again(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="8")
    mend(path, 11, user_id="z")
    replay.replay(path, places(shop), NOW)
    assert merged(shop) == (10, 8, 2, 2)
    (batch,) = sealed(shop.batches)
    assert (batch.name, 2, "rating_range") in in_quarantine(shop)
    again = exported(shop, "again.csv")
    mend(again, 2, rating="3")
    replay.replay(again, places(shop), NOW)
    assert merged(shop) == (10, 9, 1, 3)


def test_a_refused_row_may_come_back_as_two(tmp_path: Path) -> None:
    swallowed = 'x,p1,5,"tốt\ny,p2,4,đẹp,,2024-01-02 10:00:00\n",,2024-01-01 10:00:00'
    shop = make_shop(tmp_path, [*REVIEW_LINES, swallowed])
    assert merged(shop) == (8, 7, 1, 0)
    path = exported(shop)
    header, row = cells(path)
    with path.open("w", encoding="utf-8", newline="") as handle:
        rest = row[5:]
        first, second = (
            ["x", "p1", "5", "tốt", "2024-01-01 10:00:00"],
            ["y", "p2", "4", "đẹp", "2024-01-02 10:00:00"],
        )
        csv.writer(handle).writerows([header, first + rest, second + rest])
    replay.replay(path, places(shop), NOW)
    assert merged(shop) == (9, 9, 0, 1)


def test_a_file_that_nobody_mended_is_refused_and_nothing_is_written(
    shop: Shop,
) -> None:
    path = exported(shop)
    before = snapshot(shop.folder)
    with complains(
        DataError, path, "rows as they were refused: 3", "line 2", "mend them"
    ):
        replay.replay(path, places(shop), NOW)
    assert snapshot(shop.folder) == before


@pytest.mark.parametrize(
    ("mark", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8"), (",", "utf-8-sig")]
)
def test_as_other_spreadsheets_save_it(shop: Shop, mark: str, encoding: str) -> None:
    path = exported(shop)
    mend(path, 9, mark, encoding, rating="4")
    replay.replay(path, places(shop), NOW)
    assert merged(shop) == (10, 8, 2, 1)


@pytest.mark.parametrize(
    ("old", "new", "kind", "words"),
    [
        (
            "quarantine_line",
            "line",
            DataError,
            ("line 1", "quarantine_line", "0 times"),
        ),
        ("quarantine_hint", "rating", DataError, ("line 1", "rating", "2 times")),
        (
            ",9,rating_range",
            ",10^9,rating_range",
            DataError,
            ("line 2", "quarantine_line", "10^9"),
        ),
        (",9,rating_range", ",99,rating_range", DataError, ("line 2", "quarantine")),
        ("y,p1,5,", 'y,p1,5,"a"b', DataError, ("line 3",)),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_and_nothing_is_written(
    shop: Shop, old: str, new: str, kind: type, words: tuple[str, ...]
) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    before = snapshot(shop.folder)
    with complains(kind, path, *words):
        replay.replay(path, places(shop), NOW)
    assert snapshot(shop.folder) == before


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"11"', '"11","x"', "line 4: 12 cells, the header has 11; mend that line"),
        ('"11"', '"eleven"', "line 4: quarantine_line is 'eleven', no number"),
        ('"11"', '"99"', "line 4: no interaction with this quarantine_sha256"),
    ],
)
def test_what_is_mended_is_taken_and_what_cannot_be_is_left_and_named(
    shop: Shop, old: str, new: str, words: str
) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    text = path.read_text(encoding="utf-8").replace(",11,", ',"11",')
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    told = replay.replay(path, places(shop), NOW).splitlines()
    assert told[0].startswith("1 rows replayed")
    assert told[-1].startswith(f"left as they are: 1, {words}")
    assert merged(shop) == (10, 8, 2, 1)


def test_lines_that_end_in_cr_only_are_told(shop: Shop) -> None:
    """As an old program of a Mac saves them."""
    path = exported(shop)
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r"))
    with complains(DataError, path, "end in CR only", "CSV UTF-8"):
        replay.replay(path, places(shop), NOW)


def test_a_file_that_is_not_there_or_not_utf_8(shop: Shop) -> None:
    with complains(ConfigError, "none.csv", "export"):
        replay.replay(shop.folder / "none.csv", places(shop), NOW)
    path = exported(shop)
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("utf-16"))
    with complains(DataError, path, "UTF-8"):
        replay.replay(path, places(shop), NOW)


@pytest.mark.parametrize("victim", ["mended.csv", "replay-"])
def test_killed_at_either_file_no_row_is_lost_and_the_next_replay_completes_it(
    shop: Shop, victim: str
) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    code = (
        "import datetime, os, pathlib\n"
        "from ops.quarantine import places, replay\n"
        "from recsys.intake import mended\n"
        "write = replay.write_text\n"
        "def write_or_die(path, text):\n"
        f"    os._exit(9) if path.name.startswith({victim!r}) else write(path, text)\n"
        "mended.write_text = replay.write_text = write_or_die\n"
        "now = datetime.datetime.now(datetime.UTC)\n"
        "replay.replay(pathlib.Path('mend.csv'), places.Places(pathlib.Path()), now)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=shop.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == 9
    assert merged(shop) == (10, 7, 3, 0)
    replay.replay(path, places(shop), NOW)
    assert merged(shop) == (10, 8, 2, 1)


def test_a_kill_may_fall_after_the_claim(shop: Shop) -> None:
    """Intake has renamed the drop and not sealed it yet: the same file again adds nothing."""
    path = exported(shop)
    mend(path, 9, rating="4")
    replay.replay(path, places(shop), NOW)
    (drop,) = shop.staging.glob("replay-*.csv")
    (shop.staging / ".claimed").mkdir(exist_ok=True)
    drop.rename(shop.staging / ".claimed" / drop.name)
    assert replay.replay(path, places(shop), NOW).startswith(
        "0 rows replayed\nrows replayed before, nothing added: 1"
    )
    assert not list(shop.staging.glob("*.csv"))
