"""A sealed batch that is gone is never passed over, and what lies among the batches is named."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.intake import absent
from recsys.intake.compaction import compact
from recsys.intake.drop_log import DROP_LOG, entries, note
from recsys.program.errors import DataError
from tests.stages.merging import counts, run
from tests.worlds import Shop, complains, make_shop, snapshot

NOW = datetime(2026, 11, 30, tzinfo=UTC)
FAR = datetime.now(UTC) + timedelta(days=9)
GOOD = "z,p1,5,mới,2024-02-01 10:00:00"
MORE = "y,p2,4,,2024-02-02 10:00:00"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A merged shop with a batch of one row."""
    made = make_shop(tmp_path)
    made.drop("a.csv", GOOD)
    assert counts(run(made)) == (8, 8, 0, 0)
    return made


def batch(shop: Shop, number: int = 1) -> Path:
    (path,) = shop.batches.glob(f"{number:06d}-*.csv")
    return path


def verdicts(shop: Shop) -> list[str]:
    lines = entries(shop.batches)
    return [line["verdict"] for line in lines if line["verdict"] != "seen"]


def take_aside(shop: Shop, line: dict[str, object]) -> None:
    note(shop.batches, absent.again(line, NOW, "aside"))


def test_a_batch_that_is_gone_stops_the_run_before_anything_is_written(
    shop: Shop,
) -> None:
    path = batch(shop)
    path.unlink()
    shop.drop("b.csv", MORE)
    before = snapshot(shop.folder)
    with complains(
        DataError,
        f"{path}: this batch is missing (1 rows of the drop 'a.csv', sealed ",
        "; put it back from a copy, or, to go on without its rows: "
        f"python runner.py quarantine set-aside {path.name}",
    ):
        run(shop)
    assert snapshot(shop.folder) == before


def test_a_batch_that_was_renamed_is_found(shop: Shop) -> None:
    path = batch(shop)
    renamed = path.with_name(f"{path.stem} (1).csv")
    path.rename(renamed)
    with complains(DataError, f"put it back: mv '{renamed}' {path}, or"):
        run(shop)
    renamed.rename(path)
    assert counts(run(shop)) == (8, 8, 0, 0)


def test_what_is_meant_to_be_gone_stops_no_run_and_is_missed_again_once_it_was_back(
    shop: Shop,
) -> None:
    path, content = batch(shop), batch(shop).read_bytes()
    path.unlink()
    take_aside(shop, absent.look(shop.batches).missing[0])
    assert counts(run(shop)) == (7, 7, 0, 0)
    path.write_bytes(content)
    assert counts(run(shop)) == (8, 8, 0, 0)
    assert verdicts(shop) == ["sealed", "aside", "back"]
    path.unlink()
    with complains(DataError, path, "missing"):
        run(shop)


def test_a_batch_in_the_folder_aside_or_in_a_zip_is_not_missing(shop: Shop) -> None:
    shop.drop("b.csv", MORE)
    run(shop)
    assert compact(shop.batches)
    assert absent.look(shop.batches) == ([], [])
    (zipped,) = shop.batches.glob("*.zip")
    (shop.batches / "aside").mkdir()
    shutil.unpack_archive(zipped, shop.batches / "aside")
    zipped.unlink()
    assert absent.look(shop.batches) == ([], [])


def test_a_zip_of_another_name_is_missed_with_all_its_batches(shop: Shop) -> None:
    shop.drop("b.csv", MORE)
    run(shop)
    zipped = compact(shop.batches)
    assert zipped
    other = zipped.rename(zipped.with_name(f"{zipped.stem} (1).zip"))
    with complains(DataError, "missing", ", and 1 more; ", "set-aside --missing"):
        run(shop)
    (words,) = absent.strangers(shop.batches)
    assert words.endswith(
        f"if it is the zip of batches: mv '{other}' {zipped}; else take it away"
    )


def test_the_whole_folder_gone_with_its_log_is_said_at_each_run_until_it_is_meant(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    path = batch(shop)
    shutil.rmtree(shop.batches)
    for _ in range(2):
        caplog.clear()
        assert counts(run(shop)) == (7, 7, 0, 0)
        assert f"{path}: the rows of this batch (1) were in an earlier run" in "".join(
            caplog.messages
        )
    take_aside(shop, absent.look(shop.batches).gone[0])
    caplog.clear()
    run(shop)
    assert path.name not in caplog.text


def test_a_copy_puts_the_folder_back_without_a_word(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = batch(shop)
    shutil.copytree(shop.batches, tmp_path / "copy")
    shutil.rmtree(shop.batches)
    run(shop)
    caplog.clear()
    shutil.copy(tmp_path / "copy" / path.name, path)
    assert counts(run(shop)) == (8, 8, 0, 0)
    assert path.name not in caplog.text
    assert verdicts(shop) == ["gone", "back"]


def test_a_clone_that_has_raw_files_alone_runs(shop: Shop) -> None:
    shutil.rmtree(shop.batches)
    shop.metrics.unlink()
    assert counts(run(shop)) == (7, 7, 0, 0)
    assert absent.look(shop.batches) == ([], [])


def test_what_lies_among_the_batches_is_named(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    (shop.batches / "aside").mkdir()
    (shop.batches / ".gitkeep").touch()
    (shop.batches / "mended.csv").write_text("sha256,line,batch_sha256\n")
    (shop.batches / "old").mkdir()
    stranger = shop.batches / "b.csv"
    stranger.write_text(MORE)
    assert (shop.batches / DROP_LOG).exists()
    assert len(absent.strangers(shop.batches)) == 2
    assert counts(run(shop)) == (8, 8, 0, 0)
    assert (
        f"{stranger}: no sealed batch, not read; if it holds new rows: mv '{stranger}' "
        f"{shop.staging}/; else take it away"
    ) in caplog.messages


def test_a_clock_behind_the_log_is_told(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    line = absent.again({"file": "a.csv", "batch": "x"}, FAR, "known")
    note(shop.batches, line)
    caplog.clear()
    run(shop)
    assert any("set the clock" in words for words in caplog.messages)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_told_by_the_intake(shop: Shop) -> None:
    shop.batches.chmod(0)
    try:
        with complains(DataError, shop.batches, "permission denied"):
            run(shop)
    finally:
        shop.batches.chmod(0o755)
