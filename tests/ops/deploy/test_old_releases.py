"""Old releases: what nothing leads to, and nothing else."""

import os
from pathlib import Path

from ops.deploy.old_releases import left_over
from recsys.serving import pointer

IDS = [f"als-00000000000{number}" for number in range(6)]


def made(folder: Path) -> Path:
    releases = folder / "releases"
    for age, name in enumerate(IDS):
        (releases / name).mkdir(parents=True)
        os.utime(releases / name, (1000 + age, 1000 + age))
    return releases


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_the_newest_the_needed_and_the_served_stay(tmp_path: Path) -> None:
    releases = made(tmp_path)
    assert names(left_over(releases, set(), 2)) == IDS[:4]
    pointer.switch(releases, IDS[0])
    assert names(left_over(releases, {IDS[2]}, 2)) == [IDS[1], IDS[3]]
    assert left_over(releases, set(), 6) == []


def test_what_is_no_release_stays(tmp_path: Path) -> None:
    releases = made(tmp_path)
    (releases / "hidden.txt").write_text("p1\n")
    (releases / "my own copy").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (releases / "als-aaaaaaaaaaaa").symlink_to(tmp_path / "elsewhere")
    (releases / ".als-bbbbbbbbbbbb.part").mkdir()
    assert names(left_over(releases, set(IDS), 1)) == [".als-bbbbbbbbbbbb.part"]


def test_with_a_torn_pointer_nothing_goes(tmp_path: Path) -> None:
    releases = made(tmp_path)
    (releases / "current").write_text("torn")
    assert left_over(releases, set(), 1) == []
    assert left_over(tmp_path / "nowhere", set(), 1) == []
