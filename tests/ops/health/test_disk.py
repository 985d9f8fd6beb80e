"""What is free, and how fast it goes."""

import os
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from ops.health import disk, memory
from ops.health.checks import GB, Level
from ops.health.memory import Sizes
from tests.ops.health.worlds import DAY, HOUR, NOW, SHIPPED, subject


@pytest.mark.parametrize(
    ("free_gb", "level"),
    [(5, "ok"), (4.99, "warning"), (1, "warning"), (0.99, "critical"), (0, "critical")],
)
def test_free(free_gb: float, level: Level) -> None:
    found = disk.check_free(int(free_gb * GB), SHIPPED)
    assert found.level == level
    assert ("`python runner.py run cleanup`" in found.next_step) is (level != "ok")


def sizes(gb: float, at: datetime) -> Sizes:
    return Sizes(at=at.isoformat(), sizes={"data": int(gb * GB)})


@pytest.mark.parametrize(
    ("grown_gb", "level", "said"),
    [
        (0.0, "ok", "+0 B a day"),
        (-3.0, "ok", "-1.0 GB a day"),
        (3.0, "ok", "+1.0 GB a day"),
        (3.3, "warning", "+1.1 GB a day, full in 13 days"),
    ],
)
def test_growth_since_the_oldest_day(grown_gb: float, level: Level, said: str) -> None:
    days = [sizes(10, NOW - 3 * DAY), sizes(9, NOW - DAY)]
    found = disk.check_growth(sizes(10 + grown_gb, NOW), days, 14 * GB, SHIPPED)
    assert found.level == level
    assert found.value.endswith(said)


@pytest.mark.parametrize("days", [[], [sizes(1, NOW - 23 * HOUR)]])
def test_the_growth_of_the_first_day_is_not_known(days: list[Sizes]) -> None:
    found = disk.check_growth(sizes(900, NOW), days, 0, SHIPPED)
    assert (found.level, "growth not known yet" in found.value) == ("ok", True)


def test_a_large_database() -> None:
    found = disk.check_databases({"a.db": 2 * GB, "b.db": 2 * GB + 1}, SHIPPED)
    assert (found.level, "(b.db)" in found.next_step) == ("warning", True)
    assert disk.check_databases({"a.db": 2 * GB}, SHIPPED).level == "ok"
    assert disk.check_databases({}, SHIPPED).value == "none yet"


def test_the_job_keeps_the_sizes_of_each_day_once(well: Path) -> None:
    for hours in (0, 5, 24, 30):
        disk.look(subject(well, NOW + hours * HOUR, is_job=True))
    kept = memory.read(well / "state").days
    assert [day.moment for day in kept] == [NOW, NOW + DAY]
    assert kept[0].sizes["data"] == disk.size_of(well / "data")


def test_a_look_by_hand_keeps_nothing(well: Path) -> None:
    disk.look(subject(well))
    assert not (well / "state" / memory.FILE).exists()


def test_the_size_of_a_folder_is_that_of_its_files_links_not_followed(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/one").write_bytes(b"x" * 100)
    (tmp_path / "two").write_bytes(b"x" * 10)
    before = disk.size_of(tmp_path)
    assert before == 110
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert disk.size_of(tmp_path / "a") == 100
    assert disk.size_of(tmp_path / "nothing") == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root mounts")
@pytest.mark.parametrize(
    ("options", "words"),
    [("ro", "mounted read-only: "), ("size=4k", "no room in ")],
)
def test_a_folder_on_a_disk_of_its_own_is_looked_at(
    tmp_path: Path, options: str, words: str
) -> None:
    place = tmp_path / "releases"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        # only root may mount; what is looked at is what statvfs says of a real file system
        pytest.skip("no right to mount")
    try:
        found = disk.look(subject(tmp_path, NOW))[0]
    finally:
        subprocess.run(["umount", str(place)], check=True)
    assert (found.level, found.value) == ("critical", f"{words}{place}")
