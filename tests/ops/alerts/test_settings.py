from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ops.alerts import outbox, settings
from ops.alerts.settings import Params, Settings

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)  # 02:00 of the 2nd in Ho Chi Minh
SHIPPED = settings.load(ROOT / "params.yaml", ROOT / "nowhere")
DIGEST = f"""
alerts:
  min_level: info
  digest: DIGEST
  timeout_s: 30.0
  first_wait_s: 60.0
  longest_wait_s: 3600.0
  give_up_hours: 72.0
  keep_days: 90
runner: {{zone: {SHIPPED.zone}}}
"""


def changed(zone: str = "Asia/Ho_Chi_Minh", **values: Any) -> Settings:
    return Settings(alerts=SHIPPED.alerts.model_copy(update=values), zone=zone)


def test_no_digest_is_wanted_as_shipped() -> None:
    assert SHIPPED.next_digest(NOW) is None


@pytest.mark.parametrize(
    ("zone", "at", "hours"),
    [
        ("Asia/Ho_Chi_Minh", "08:00", 6),
        ("Asia/Ho_Chi_Minh", "02:00", 24),  # just now: the next one is tomorrow's
        ("UTC", "08:00", 13),
        ("Pacific/Apia", "08:00", 0),  # just now, 08:00 of the 2nd
    ],
)
def test_the_next_digest_is_the_first_after_now(zone: str, at: str, hours: int) -> None:
    due = changed(zone, digest=at).next_digest(NOW)
    assert due == NOW + timedelta(hours=hours or 24)


@pytest.mark.parametrize("text", ["8:00", "24:00", "08:60", "daily", "", "08:00\n"])
def test_a_digest_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HH:MM"):
        Params.model_validate(SHIPPED.alerts.model_dump() | {"digest": text})


@pytest.mark.parametrize("text", ["off", '"off"', "08:00", '"08:00"'])
def test_quotes_that_dvc_takes_away_change_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(DIGEST.replace("DIGEST", text))
    assert settings.load(path, tmp_path).alerts.digest == text.strip('"')


def test_a_bad_file_leaves_the_last_good_settings(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("alerts: [")
    assert settings.load(path, tmp_path) == settings.FIRST
    with outbox.writing(tmp_path) as connection:
        settings.keep(connection, changed(keep_days=7), NOW)
    assert settings.load(path, tmp_path) == changed(keep_days=7)


def test_without_a_zone_that_there_is_the_file_is_bad(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(DIGEST.replace("DIGEST", "off").replace("Asia/", "Asien/"))
    assert settings.load(path, tmp_path) == settings.FIRST


def test_a_digest_that_is_due_is_not_put_off_by_keeping(tmp_path: Path) -> None:
    wanted = changed(digest="08:00")
    for moment in (NOW, NOW + timedelta(hours=7)):  # 02:00 and 09:00
        with outbox.writing(tmp_path) as connection:
            settings.keep(connection, wanted, moment)
    assert outbox.waiting(tmp_path, NOW + timedelta(hours=6))


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 60), (2, 120), (6, 1920), (7, 3600)]
)
def test_the_wait_doubles_up_to_its_limit(tries: int, seconds: int) -> None:
    assert SHIPPED.alerts.wait(tries) == timedelta(seconds=seconds)


def test_a_digest_is_planned_where_nothing_was_ever_said(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(DIGEST.replace("DIGEST", "off"))
    settings.plan(path, tmp_path / "state", NOW)
    assert not (tmp_path / "state").exists()
    path.write_text(DIGEST.replace("DIGEST", '"08:00"'))
    settings.plan(path, tmp_path / "state", NOW)
    assert not outbox.waiting(tmp_path / "state", NOW)
    assert outbox.waiting(tmp_path / "state", NOW + timedelta(hours=6))
    path.write_text(DIGEST.replace("DIGEST", "off"))
    settings.plan(path, tmp_path / "state", NOW)
    assert not outbox.waiting(tmp_path / "state", NOW + timedelta(hours=6))


def test_a_plan_that_cannot_be_written_fails_nobody(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(DIGEST.replace("DIGEST", "08:00"))
    (tmp_path / "state").write_text("a file where a folder is to be")
    settings.plan(path, tmp_path / "state", NOW)
