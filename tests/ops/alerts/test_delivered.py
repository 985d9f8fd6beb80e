from datetime import UTC, datetime
from pathlib import Path

from ops.alerts import delivered, outbox
from ops.alerts.receivers import Receiver

NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
ONE, OTHER = Receiver(1, "json://canary-a"), Receiver(2, "json://canary-b")


def test_a_mark_is_the_same_each_time_and_another_for_another(tmp_path: Path) -> None:
    first = delivered.marks(tmp_path, [ONE, OTHER])
    assert delivered.marks(tmp_path, [ONE, OTHER]) == first
    assert first[ONE] != first[OTHER]
    moved = Receiver(7, ONE.url, "another place")
    assert delivered.marks(tmp_path, [moved])[moved] == first[ONE]


def test_another_shop_has_other_marks(tmp_path: Path) -> None:
    marks = [delivered.marks(tmp_path / name, [ONE])[ONE] for name in "ab"]
    assert marks[0] != marks[1]


def test_what_was_noted_is_known_and_noting_twice_is_once(tmp_path: Path) -> None:
    outbox.news(tmp_path, "deployment", "info", "done", NOW)
    notices = outbox.notices(tmp_path)
    mark = delivered.marks(tmp_path, [ONE])[ONE]
    for _ in range(2):
        delivered.note(tmp_path, mark, notices, NOW)
    assert delivered.pairs(tmp_path) == {(1, mark)}
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"canary" not in content
