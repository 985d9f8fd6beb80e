from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.scheduler import kept
from ops.scheduler.kept import Kept
from ops.scheduler.slots import Rule, Times
from recsys.files.atomic import read_json

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TIMES = Times("UTC", {"train": Rule("day", "02:00", True, 60, 30, 1)}, "lists.csv")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    for refused in (None, "params.yaml: not readable"):
        kept.write(tmp_path, Kept(TIMES, NOW, refused))
        assert kept.read(tmp_path) == Kept(TIMES, NOW, refused)
    assert read_json(kept.file_of(tmp_path)) == {
        "zone": "UTC",
        "jobs": {
            "train": {
                "every": "day",
                "at": "02:00",
                "enabled": True,
                "grace_s": 60,
                "time_limit_s": 30,
                "retries": 1,
            }
        },
        "export_to": "lists.csv",
        "loaded_at": "2026-03-01T00:00:00.000+00:00",
        "refused": "params.yaml: not readable",
    }


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"loaded_at": 1, "refused": 2}'])
def test_what_is_not_whole_is_nothing(tmp_path: Path, content: str) -> None:
    assert kept.read(tmp_path) is None
    kept.file_of(tmp_path).write_text(content)
    assert kept.read(tmp_path) is None
