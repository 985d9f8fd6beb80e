import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.alerts import outbox
from ops.scheduler import bell
from ops.scheduler.bell import Bell
from ops.scheduler.run_history import Run

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RUN = Run("id", "train", None, 1, "", "", 1, 1, "failed", None, "exit 3", 3, "")


def told(state: Path) -> list[tuple[str, str, str]]:
    return [(each.cause, each.kind, each.level) for each in outbox.notices(state)]


def test_a_job_is_ill_after_its_last_attempt_and_well_when_one_went_well(
    tmp_path: Path,
) -> None:
    ring = Bell(tmp_path)
    ring.run_ended(RUN, False, NOW)
    assert told(tmp_path) == []
    for status in ("failed", "timeout", "interrupted", "stopped", "ok", "skipped"):
        ring.run_ended(replace(RUN, status=status), True, NOW)
    assert told(tmp_path) == [
        ("job.train", "alert", "critical"),
        ("job.train", "recovery", "critical"),
    ]


def test_missed_slots_are_told_until_the_job_runs_again(tmp_path: Path) -> None:
    ring = Bell(tmp_path)
    ring.missed("train", "train: missed 2 time(s)", NOW)
    ring.missed("train", "train: missed 1 time(s)", NOW)
    ring.run_ended(replace(RUN, status="ok"), True, NOW)
    assert told(tmp_path) == [
        ("missed.train", "alert", "warning"),
        ("missed.train", "recovery", "warning"),
    ]


def test_params_and_clock(tmp_path: Path) -> None:
    ring = Bell(tmp_path)
    ring.params(None, NOW)
    ring.params("params.yaml: not readable", NOW)
    ring.params(None, NOW)
    ring.clock("the clock jumped by +60 s", NOW)
    ring.clock_is_steady(NOW)
    assert told(tmp_path) == [
        ("params", "alert", "warning"),
        ("params", "recovery", "warning"),
        ("clock", "alert", "warning"),
        ("clock", "recovery", "warning"),
    ]


def test_one_delivery_at_a_time_and_only_if_something_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        bell, "SENDER", (sys.executable, "-c", "import time; time.sleep(60)")
    )
    ring = Bell(tmp_path)
    ring.deliver(NOW)
    assert ring.sender is None
    ring.missed("train", "train: missed", NOW)
    ring.deliver(NOW + timedelta(seconds=1))
    first = ring.sender
    ring.deliver(NOW + timedelta(seconds=2))
    assert first is not None
    assert ring.sender is first
    ring.end()
    assert first.wait(10) != 0


def test_a_delivery_that_cannot_start_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "SENDER", ("/no/such/program",))
    ring = Bell(tmp_path)
    ring.missed("train", "train: missed", NOW)
    ring.deliver(NOW + timedelta(seconds=1))
    assert ring.sender is None


def test_a_sender_that_fails_is_not_started_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "SENDER", (sys.executable, "-c", "raise SystemExit(8)"))
    ring = Bell(tmp_path)
    outbox.ill(tmp_path, "disk", "critical", "full", NOW)
    ring.deliver(NOW)
    assert ring.sender is not None and ring.sender.wait() == 8
    ring.deliver(NOW + timedelta(seconds=5))
    assert ring.sender is None
    ring.deliver(NOW + bell.PAUSE)
    assert ring.sender is None  # counted from when the failure was seen
    ring.deliver(NOW + bell.PAUSE + timedelta(seconds=5))
    assert ring.sender is not None and ring.sender.wait() == 8
