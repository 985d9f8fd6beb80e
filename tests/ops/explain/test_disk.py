"""Sizes of the project's folders."""

import os
from pathlib import Path

from ops.explain import disk


def test_a_folder_counts_what_it_takes_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "state" / "logs").mkdir(parents=True)
    (tmp_path / "state" / "logs" / "a.log").write_bytes(b"x" * 10_000)
    found = disk.look(tmp_path)
    assert found.folders["state"] >= 10_000
    assert found.folders["data"] == 0
    assert 0 < found.free <= found.total


def test_a_file_in_two_folders_counts_once(tmp_path: Path) -> None:
    for name in ("mlruns", "releases"):
        (tmp_path / name).mkdir()
    (tmp_path / "mlruns" / "a").write_bytes(b"x" * 10_000)
    os.link(tmp_path / "mlruns" / "a", tmp_path / "releases" / "a")
    found = disk.look(tmp_path).folders
    assert (found["mlruns"] >= 10_000, found["releases"]) == (True, 0)


def test_the_biggest_is_told_first_and_empty_ones_are_not() -> None:
    found = disk.Disk(
        5_000_000_000, 9_000_000_000, {"data": 10, "state": 2000, "models": 0}
    )
    assert found.sentence == "5.0 GB free of 9.0 GB; state 2 KB, data 10 B"
    assert disk.Disk(1, 2, {}).sentence == "1 B free of 2 B; nothing was made yet"
