"""Files and age of the data; the shipped sample is never too old."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from ops import lock
from ops.health import data, memory
from ops.health.checks import Level
from ops.health.memory import Seen
from recsys.files.atomic import sha256_of
from recsys.intake import drops
from recsys.intake.drop_log import first_seen
from recsys.intake.mended import write_mended
from tests.ops.health.worlds import DAY, LIMITS, NOW, ROOT, newest_event, subject
from tests.recsys.source.mapping import interactions
from tests.worlds import Shop

SECOND = timedelta(seconds=1)
SAMPLE = "data/sample"
STATS = "data/processed/data_stats.json"
ORDERS = interactions(files=["orders.csv"]).model_dump()


@pytest.mark.parametrize(
    ("age", "level"),
    [
        (7 * DAY, "ok"),
        (7 * DAY + SECOND, "critical"),
        (0 * DAY, "ok"),
        (-SECOND, "warning"),
    ],
)
def test_age(age: timedelta, level: Level) -> None:
    assert data.check_age(NOW - age, False, LIMITS, NOW).level == level


def test_the_untouched_sample_is_never_too_old_and_the_first_drop_ends_that(
    well: Path,
) -> None:
    newest_event(well, NOW - 400 * DAY)
    found = data.look(subject(well))
    assert [check.level for check in found] == ["ok", "critical", "ok"]
    shutil.rmtree(well / "data/raw")
    shutil.copytree(ROOT / SAMPLE, well / SAMPLE, dirs_exist_ok=True)
    found = data.look(subject(well))[1]
    assert (found.level, found.next_step) == ("ok", "")
    assert "of the shipped sample; judged from the shop's first drop on" in found.value
    shop = Shop(well)
    shop.drop("replay-1.csv", "b,p1,5,,2024-01-01 10:00:00")
    mended = sha256_of(shop.staging / "replay-1.csv")
    drops.take(shop.staging, shop.batches, NOW, 0.0)
    assert data.look(subject(well))[1].level == "critical"
    write_mended(shop.batches, {("0" * 64, 2): mended})  # a row of the sample
    assert data.look(subject(well))[1].level == "ok"
    shop.drop("orders.csv", "a,p1,5,,2024-01-01 10:00:00")
    drops.take(shop.staging, shop.batches, NOW, 0.0)
    assert data.look(subject(well))[1].level == "critical"


def test_the_sample_does_not_stand_in_for_files_that_are_away(well: Path) -> None:
    raw = well / "data/raw"
    shutil.copytree(ROOT / SAMPLE, well / SAMPLE, dirs_exist_ok=True)
    name = "data_reviews_purchase.csv"
    first_seen(well / "data/batches", name, "0" * 64, NOW)
    assert data.check_files(subject(well)).level == "ok"
    shutil.rmtree(raw)
    raw.mkdir()
    found = data.check_files(subject(well))
    assert found.level == "critical"
    assert f"data/raw: no CSV file in it, but {name} was read from there" in found.value
    raw.rmdir()
    raw.symlink_to(well / "share")
    assert "data/raw: a link to" in data.check_files(subject(well)).value


def test_a_file_of_the_shop_on_a_share_that_is_away_says_so(well: Path) -> None:
    (well / "data/raw").rename(well / "raw of the shop")
    (well / "data/raw").symlink_to(well / "share")
    shutil.rmtree(well / SAMPLE, ignore_errors=True)
    found = data.check_files(subject(well))
    assert found.level == "critical"
    assert "a link to" in found.value and "put the shop's file" not in found.value


def test_the_files_that_the_source_names_are_looked_for_in_the_place_of_the_three(
    well: Path,
) -> None:
    for path in (well / "data/raw").iterdir():
        path.unlink()
    (well / "data/raw/orders.csv").touch()
    Shop(well).configure(source={"interactions": [ORDERS], "products": []})
    assert data.check_files(subject(well)).level == "ok"
    (well / "data/raw/orders.csv").unlink()
    found = data.check_files(subject(well))
    assert found.value == "data/raw/orders.csv: missing; put the shop's file there"


def test_the_sample_with_an_event_in_the_future_is_a_warning() -> None:
    assert data.check_age(NOW + DAY, True, LIMITS, NOW).level == "warning"


@pytest.mark.parametrize("content", ['{"newest', '["newest_event"]', "{}", "null"])
def test_statistics_that_are_none(well: Path, content: str) -> None:
    (well / STATS).write_text(content)
    found = data.look(subject(well))[1]
    assert found.level == "critical"
    assert "data_stats.json" in found.next_step


def test_files_that_differ_are_named_and_the_others_counted(well: Path) -> None:
    for path in (well / "data/raw").iterdir():
        path.unlink()
    (well / STATS).write_text("{}")
    found = data.check_files(subject(well))
    assert found.value.startswith("data/raw/data_reviews_purchase.csv: missing; put ")
    assert found.value.endswith(" and 1 more")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(well: Path) -> None:
    (well / STATS).chmod(0)
    assert "Permission denied" in data.check_files(subject(well)).value


def test_while_a_repro_changes_the_files_they_are_not_judged(well: Path) -> None:
    (well / STATS).write_text("{}")
    with lock.hold(well / "state/repro.lock", "a repro", {"pid": 1}):
        assert data.check_files(subject(well)).level == "ok"
    assert data.check_files(subject(well)).level == "critical"


def test_what_the_job_has_read_is_not_read_again_until_it_changes(well: Path) -> None:
    looked = subject(well, is_job=True)
    assert data.check_files(looked).level == "ok"
    known = memory.read(well / "state")
    assert set(known.files) == {
        "data/merged/products.parquet",
        STATS,
        "data/embeddings/items.npz",
    }
    wrong = known.files | {STATS: Seen(**known.files[STATS].model_dump() | {"md5": ""})}
    memory.write(well / "state", known.model_copy(update={"files": wrong}))
    assert data.check_files(subject(well)).level == "critical"  # it was not read
    os.utime(well / STATS)
    assert data.check_files(subject(well)).level == "ok"


def test_a_file_of_the_same_size_with_other_bytes_is_found(well: Path) -> None:
    data.check_files(subject(well, is_job=True))
    content = (well / STATS).read_text()
    (well / STATS).write_text(content.replace("2026", "2025"))
    assert data.check_files(subject(well)).level == "critical"


def test_a_look_by_hand_writes_no_memory(well: Path) -> None:
    data.check_files(subject(well))
    assert not (well / "state" / memory.FILE).exists()
