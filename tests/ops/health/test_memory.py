from datetime import timedelta
from pathlib import Path

import pytest

from ops.health import memory
from ops.health.memory import Memory, Seen, Sizes
from tests.ops.health.worlds import DAY, NOW


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    kept = Memory(
        files={"a": Seen(size=1, mtime_ns=2, md5="x")},
        days=[Sizes(at=NOW.isoformat(), sizes={"data": 5})],
    )
    memory.write(tmp_path, kept)
    assert memory.read(tmp_path) == kept


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"days": 1}', b"\xff"])
def test_a_torn_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / memory.FILE).write_bytes(content)
    assert memory.read(tmp_path) == Memory()
    assert memory.read(tmp_path / "nowhere") == Memory()


def test_a_place_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder is to be")
    memory.write(tmp_path / "state", Memory())


def test_a_day_is_kept_once_and_old_ones_go() -> None:
    days: list[Sizes] = []
    for hours in range(0, 24 * 70, 6):
        days = memory.with_sizes(days, {}, NOW + timedelta(hours=hours))
    assert len(days) == memory.MOST_DAYS
    assert days[-1].moment - days[0].moment < memory.MOST_DAYS * DAY
