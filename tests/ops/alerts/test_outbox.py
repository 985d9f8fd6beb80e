import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.alerts import outbox
from recsys.program.errors import StoreError

NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def told(state: Path) -> list[tuple[str, str, str, str]]:
    return [
        (notice.cause, notice.kind, notice.level, notice.text)
        for notice in outbox.notices(state)
    ]


def test_reading_where_nothing_was_ever_said_makes_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert outbox.notices(state) == []
    assert outbox.causes(state) == []
    assert not outbox.waiting(state, NOW)
    assert not outbox.is_ill(state, "disk")
    outbox.well(state, "disk", "disk: 40 GB are free", NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_cause_is_told_once_until_it_is_well_and_then_its_recovery_once(
    tmp_path: Path,
) -> None:
    for hours in range(3):
        moment = NOW + timedelta(hours=hours)
        outbox.ill(tmp_path, "disk", "warning", f"disk: {3 - hours} GB", moment)
    for _ in range(2):
        outbox.well(tmp_path, "disk", "disk: 40 GB are free", LATER)
    outbox.ill(tmp_path, "disk", "warning", "disk: 1 GB", LATER)
    assert told(tmp_path) == [
        ("disk", "alert", "warning", "disk: 3 GB"),
        ("disk", "recovery", "warning", "disk: 40 GB are free"),
        ("disk", "alert", "warning", "disk: 1 GB"),
    ]


def test_what_is_ill_says_since_when_how_often_and_with_its_newest_words(
    tmp_path: Path,
) -> None:
    outbox.ill(tmp_path, "disk", "warning", "3 GB", NOW)
    outbox.ill(tmp_path, "disk", "warning", "2 GB", LATER)
    assert outbox.causes(tmp_path) == [
        outbox.Cause(
            "disk", "warning", "2 GB", outbox.stamp(NOW), outbox.stamp(LATER), 2
        )
    ]


def test_what_gets_worse_is_told_again_and_what_gets_better_is_not(
    tmp_path: Path,
) -> None:
    for level in ("warning", "critical", "warning", "critical"):
        outbox.ill(tmp_path, "disk", level, level, NOW)
    assert [notice.level for notice in outbox.notices(tmp_path)] == [
        "warning",
        "critical",
    ]


def test_causes_do_not_know_each_other(tmp_path: Path) -> None:
    outbox.ill(tmp_path, "job.train", "critical", "a", NOW)
    outbox.ill(tmp_path, "job.embed", "critical", "b", NOW)
    outbox.well(tmp_path, "job.train", "c", NOW)
    assert [cause.cause for cause in outbox.causes(tmp_path)] == ["job.embed"]


def test_news_are_told_each_time_and_need_no_recovery(tmp_path: Path) -> None:
    for _ in range(2):
        outbox.news(tmp_path, "deployment", "info", "als-1 is in production", NOW)
    assert len(outbox.notices(tmp_path)) == 2
    assert outbox.causes(tmp_path) == []


def test_what_is_new_waits_and_what_is_not_yet_to_be_tried_again_does_not(
    tmp_path: Path,
) -> None:
    outbox.ill(tmp_path, "disk", "warning", "3 GB", NOW)
    assert outbox.waiting(tmp_path, NOW)
    with outbox.writing(tmp_path) as connection:
        connection.execute("UPDATE notices SET next_at = ?", (outbox.stamp(LATER),))
    assert not outbox.waiting(tmp_path, NOW)
    assert outbox.waiting(tmp_path, LATER)
    with outbox.writing(tmp_path) as connection:
        connection.execute("UPDATE notices SET status = 'sent'")
    assert not outbox.waiting(tmp_path, LATER)


def test_a_digest_that_is_due_waits(tmp_path: Path) -> None:
    with outbox.writing(tmp_path) as connection:
        values = outbox.DIGEST_AT, outbox.stamp(LATER)
        connection.execute("INSERT INTO settings VALUES (?, ?)", values)
    assert not outbox.waiting(tmp_path, NOW)
    assert outbox.waiting(tmp_path, LATER)


def test_no_secret_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_TOKEN", "canary-of-the-service")
    text = "GET http://ann:canary-pw@host/: token=canary-abc canary-of-the-service"
    outbox.ill(tmp_path, "service", "critical", text, NOW)
    outbox.news(tmp_path, "deployment", "info", text, NOW)
    outbox.well(tmp_path, "service", text, NOW)
    assert all("canary" not in text for *_, text in told(tmp_path))
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"canary" not in content


@pytest.mark.parametrize("spoilt", [b"no database", b""])
def test_a_file_that_is_no_database_stops_nobody(
    tmp_path: Path, spoilt: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.database(tmp_path).write_bytes(spoilt)
    outbox.ill(tmp_path, "disk", "warning", "disk: 3 GB", NOW)
    outbox.well(tmp_path, "disk", "disk: 40 GB", NOW)
    outbox.waiting(tmp_path, NOW)
    if spoilt:
        assert "alert not written down" in caplog.text
        assert "disk: 3 GB" in caplog.text
        with pytest.raises(StoreError, match="move it away"):
            outbox.causes(tmp_path)
    else:
        assert len(outbox.notices(tmp_path)) == 2


def test_a_folder_that_cannot_be_written_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    state.write_text("a file where a folder is to be")
    outbox.ill(state, "disk", "warning", "disk: 3 GB", NOW)
    assert "disk: 3 GB" in caplog.text
    assert not outbox.waiting(state, NOW)


def test_who_holds_the_file_delays_an_alert_for_seconds_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.ill(tmp_path, "disk", "warning", "disk: 3 GB", NOW)
    monkeypatch.setattr(outbox, "BUSY_MS", 200)
    with closing(sqlite3.connect(outbox.database(tmp_path))) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        outbox.ill(tmp_path, "data", "warning", "old", NOW)
        assert time.monotonic() - began < 5


def test_the_outbox_loads_nothing_that_is_heavy() -> None:
    code = "import sys, ops.alerts.outbox; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"apprise", "pydantic", "numpy", "requests", "ruamel", "tenacity", "typer"}
    assert not heavy & set(done.stdout.split())
