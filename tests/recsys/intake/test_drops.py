"""Every drop becomes immutable batches, whoever still writes it; what cannot be used is put aside
with a reason.
"""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.house.imports import ROOT
from bench.speed import writer
from recsys.files.atomic import sha256_of
from recsys.intake.batches import sealed
from recsys.program.errors import DataError
from tests.recsys.intake.worlds import (
    HEADER,
    LONG,
    OTHER,
    ROW,
    app,
    claimed,
    log_lines,
    take,
    text,
)
from tests.worlds import DROP_COLUMNS, Shop, complains, lines, make_shop, snapshot

# ---- finished files ----


def test_drops_are_sealed_in_the_order_of_their_names_and_named_by_content(
    shop: Shop,
) -> None:
    digests = [
        sha256_of(shop.drop(name, row))[:16]
        for name, row in (("1.csv", ROW), ("2.csv", OTHER))
    ]
    assert take(shop) == [f"000001-{digests[0]}.csv", f"000002-{digests[1]}.csv"]
    assert text(shop) == f"{ROW}\n{OTHER}\n"
    assert snapshot(shop.staging) == {}


def test_later_drops_are_numbered_on_and_sealed_batches_are_never_rewritten(
    shop: Shop,
) -> None:
    shop.drop("a.csv", ROW)
    take(shop)
    before = {
        batch.path: batch.path.stat().st_mtime_ns for batch in sealed(shop.batches)
    }
    shop.drop("a.csv", OTHER)
    assert take(shop)[0].startswith("000002-")
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_the_same_content_is_sealed_once(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    shop.drop("a.csv", ROW)
    shop.drop("b.csv", ROW)
    assert len(take(shop)) == 1
    shop.drop("c.csv", ROW)
    assert take(shop) == []
    assert text(shop) == f"{ROW}\n"
    assert snapshot(shop.staging) == {}
    assert caplog.text.count("0 rows added") == 2


def test_nothing_to_take_is_no_error(shop: Shop) -> None:
    assert take(shop) == []
    shop.staging.rmdir()
    assert take(shop) == []


def test_an_empty_file_waits_and_a_header_is_a_batch_without_rows(shop: Shop) -> None:
    (shop.staging / "a.csv").touch()
    assert take(shop) == []
    assert snapshot(shop.staging) == {"a.csv": b""}
    shop.drop("a.csv")
    assert len(take(shop)) == 1
    assert text(shop) == ""


def test_a_finished_file_without_a_last_newline_is_sealed_whole(shop: Shop) -> None:
    (shop.staging / "a.csv").write_text(HEADER + ROW)
    assert len(take(shop)) == 1
    assert text(shop) == ROW


def test_hard_links_are_fine_and_the_content_counts_once(shop: Shop) -> None:
    os.link(shop.drop("a.csv", ROW), shop.staging / "b.csv")
    assert len(take(shop)) == 1


def test_two_intakes_at_once_seal_each_drop_once(shop: Shop) -> None:
    for number in range(20):
        shop.drop(f"{number:02d}.csv", f"u{number},p1,5,,2024-01-01 10:00:00")
    script = (
        "import sys; from pathlib import Path; from datetime import *;"
        "from recsys.intake import drops;"
        "drops.take(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))"
    )
    command = [sys.executable, "-c", script, shop.staging, shop.batches]
    both = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [each.wait() for each in both] == [0, 0]
    assert sorted(row.split(",")[0] for row in text(shop).splitlines()) == sorted(
        f"u{number}" for number in range(20)
    )
    assert snapshot(shop.staging) == {}


# ---- refused ----


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"user_id,product_id\n", "'rating', 'timestamp' are missing"),
        (f"user_id,{HEADER}".encode(), "'user_id' stands there 2 times"),
        (lines(DROP_COLUMNS, [ROW]).encode("utf-16"), "UTF-16"),
        (b"\n", "needs a header"),
        (f"{ROW}\n{OTHER}\n".encode(), "a row, not a header"),
    ],
)
def test_a_wrong_header_is_put_aside_with_its_reason(
    shop: Shop, content: bytes, words: str
) -> None:
    (shop.staging / "a.csv").write_bytes(content)
    shop.drop("b.csv", ROW)
    place = shop.staging / ".refused" / "000001-a.csv"
    with complains(DataError, place, words):
        take(shop)
    assert text(shop) == f"{ROW}\n"
    assert place.read_bytes() == content
    assert words in place.with_name("000001-a.csv.reason.txt").read_text()
    assert log_lines(shop, "file", "verdict", "batch")[0] == ("a.csv", "refused", None)
    assert words in log_lines(shop, "reason")[0][0]
    assert take(shop) == []


def test_several_wrong_drops_are_one_message_with_a_count(shop: Shop) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (shop.staging / name).write_text("x\n")
    with complains(DataError, "000001-a.csv", "2 more files"):
        take(shop)
    (shop.staging / "a.csv").write_text("y\n")
    with complains(DataError, "000004-a.csv"):
        take(shop)
    assert len(snapshot(shop.staging)) == 8


# ---- a writer that goes on ----


def test_complete_rows_of_an_open_file_are_sealed_bit_by_bit(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(HEADER[:20])
        assert take(shop) == []
        handle.write(HEADER[20:])
        assert take(shop) == []
        handle.write(f"{ROW}\n{OTHER[:10]}")
        assert [name[:6] for name in take(shop)] == ["000001"]
        assert take(shop) == []
        handle.write(f"{OTHER[10:]}\n")
        assert [name[:6] for name in take(shop)] == ["000002"]
        assert len(claimed(shop)) == 1
        handle.write(f"{LONG}\n")
    assert [name[:6] for name in take(shop)] == ["000003"]
    assert text(shop) == f"{ROW}\n{OTHER}\n{LONG}\n"
    assert log_lines(shop, "verdict", "rows") == [
        ("partial", 1),
        ("partial", 1),
        ("sealed", 2),
    ]
    assert snapshot(shop.staging) == {}


def test_rows_that_repeat_in_an_open_file_are_all_sealed(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(HEADER)
        for _ in range(3):
            handle.write(f"{ROW}\n")
            take(shop)
    take(shop)
    assert text(shop) == f"{ROW}\n" * 3


def test_an_app_that_closed_its_file_begins_a_new_one(shop: Shop) -> None:
    with app(shop) as old:
        old.write(f"{HEADER}{ROW}\n")
        take(shop)
        with app(shop) as new:
            new.write(f"{HEADER}{OTHER}\n")
        old.write(f"{LONG}\n")
        take(shop)
    take(shop)
    assert sorted(text(shop)) == sorted(f"{ROW}\n{LONG}\n{OTHER}\n")
    assert snapshot(shop.staging) == {}


def test_an_unfinished_last_line_is_sealed_when_a_later_run_finds_it_unchanged(
    shop: Shop,
) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n{OTHER[:10]}")
    assert len(take(shop)) == 1
    assert text(shop) == f"{ROW}\n"
    assert len(take(shop)) == 1
    assert text(shop) == f"{ROW}\n{OTHER[:10]}"
    assert snapshot(shop.staging) == {}


def test_an_unfinished_last_line_that_is_finished_after_all_is_one_row(
    shop: Shop,
) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n{OTHER[:10]}")
    take(shop)
    (name,) = claimed(shop)
    with (shop.staging / ".claimed" / name).open("a") as handle:
        handle.write(f"{OTHER[10:]}\n")
    take(shop)
    assert text(shop) == f"{ROW}\n{OTHER}\n"


def test_a_writer_that_cuts_its_file_short_is_read_from_the_start(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n{LONG}\n")
        take(shop)
        handle.truncate(0)
        handle.write(f"{HEADER}{OTHER}\n")
        take(shop)
    take(shop)
    assert text(shop) == f"{ROW}\n{LONG}\n{OTHER}\n"
    assert "cut it short" in caplog.text


PIECES = (
    "u#,p1,5,",
    "good #,2024-01-01\n",
    'v#,p1,4,"two #\n',
    'lines #",2024-01-01\n',
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from(["take", "take", "reopen", *PIECES])))
def test_any_rhythm_of_writing_and_taking_keeps_every_byte(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Pieces are numbered: two files that are the same to the last byte count once."""
    shop = make_shop(tmp_path_factory.mktemp("shop") / "shop")
    written = ""
    handle = (shop.staging / "new_interactions.csv").open("a", buffering=1)
    handle.write(HEADER)
    for number, step in enumerate(steps):
        if step == "take":
            take(shop)
        elif (
            step == "reopen" and written.endswith("\n") and written.count('"') % 2 == 0
        ):
            handle.close()
            handle = (shop.staging / "new_interactions.csv").open("a", buffering=1)
            handle.write("" if handle.tell() else HEADER)
        elif step != "reopen":
            handle.write(step.replace("#", str(number)))
            written += step.replace("#", str(number))
    handle.close()
    for _ in range(2):
        take(shop)
    assert sorted(text(shop)) == sorted(written)
    assert snapshot(shop.staging) == {}


@pytest.mark.parametrize("kind", writer.KINDS)
def test_beside_a_writer_of_a_row_a_millisecond_nothing_is_lost(
    tmp_path: Path, kind: str
) -> None:
    result = writer.trial(tmp_path, kind, 2.0)
    assert (result.lost, result.doubled) == (0, 0)
    assert result.written > 300
    assert result.intakes >= 3
    assert result.batches >= 2


def test_the_measurement_finds_the_losses_of_the_obvious_way(tmp_path: Path) -> None:
    assert writer.trial(tmp_path, writer.KINDS[1], 1.5, "read, then move").lost
