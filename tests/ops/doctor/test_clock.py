"""The clock is after all that has happened, and the zone is one."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ops.doctor import clock
from recsys.program.errors import ConfigError
from tests.ops.explain.rows import NOW, ran


@pytest.fixture
def params(tmp_path: Path) -> Path:
    path = tmp_path / "params.yaml"
    path.write_text("runner: {zone: Asia/Ho_Chi_Minh}")
    return path


def test_a_clock_that_is_right(params: Path) -> None:
    found = clock.clock(params, params.parent / "state", NOW)
    assert (found.level, found.seen) == ("ok", "2026-11-23 11:00 in Asia/Ho_Chi_Minh")


def test_a_clock_that_was_set_back_is_before_the_last_run(params: Path) -> None:
    ran(params.parent, "refresh", NOW)
    assert clock.clock(params, params.parent, NOW + timedelta(minutes=1)).level == "ok"
    found = clock.clock(params, params.parent, NOW - timedelta(days=1))
    assert (found.level, found.exit_code) == ("bad", 2)
    assert found.seen == (
        "2026-11-22 11:00 in Asia/Ho_Chi_Minh, but the last run is of 2026-11-23 11:00"
    )
    assert "timedatectl" in found.mend


def test_an_event_of_tomorrow_is_one_that_the_clock_cannot_know(params: Path) -> None:
    stats = params.parent / clock.STATS
    stats.parent.mkdir(parents=True)
    event = NOW + timedelta(days=1)
    stats.write_text(json.dumps({"newest_event": event.isoformat()}))
    found = clock.clock(params, params.parent / "state", NOW)
    assert "the newest event of the data is of 2026-11-24 11:00" in found.seen
    stats.write_text("{")  # the health check's
    assert clock.clock(params, params.parent / "state", NOW).level == "ok"


def test_a_zone_that_is_none(params: Path) -> None:
    params.write_text("runner: {zone: Asia/Atlantis}")
    with pytest.raises(ConfigError, match="Asia/Atlantis"):
        clock.clock(params, params.parent / "state", NOW)
