"""Cores and memory that are left, as the system says, within what a container may have."""

import os
from pathlib import Path

import pytest

from recsys.program import machine_room


def test_of_this_machine() -> None:
    assert 1 <= machine_room.cores() <= (os.cpu_count() or 1)
    free = machine_room.free_bytes()
    assert free is None or free > 0


@pytest.mark.parametrize(
    ("limit", "used", "stat", "free"),
    [
        ("max\n", "5000\n", "", 2048),  # no limit: what the machine has
        ("9000\n", "8000\n", "", 1000),
        ("9000\n", "9500\n", "", 0),
        ("900000\n", "0\n", "", 2048),
        ("9000\n", None, "", 2048),
        # files that the system keeps as long as there is room
        ("9000\n", "9000\n", "active_file 70\ninactive_file 600\n", 600),
        ("9000\n", "9000\n", "inactive_file 5\ntotal_inactive_file 600\n", 600),
        ("1000\n", "500\n", "inactive_file 600\n", 1000),
    ],
)
def test_a_container_has_what_its_limit_leaves(
    tmp_path: Path, limit: str, used: str | None, stat: str, free: int
) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable:       2 kB\n")
    (tmp_path / "max").write_text(limit)
    if used is not None:
        (tmp_path / "current").write_text(used)
    (tmp_path / "stat").write_text(stat)
    one, other, third = (str(tmp_path / name) for name in ("max", "current", "stat"))
    cgroups = [(one, other, third)]
    assert machine_room.free_bytes(meminfo, cgroups) == free


def test_a_system_that_does_not_say(tmp_path: Path) -> None:
    assert machine_room.free_bytes(tmp_path / "nothing", []) is None
    (tmp_path / "odd").write_text("odd\n")
    assert machine_room.free_bytes(tmp_path / "odd", []) is None
