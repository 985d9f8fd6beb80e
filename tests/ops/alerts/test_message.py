from datetime import UTC, datetime, timedelta

from ops.alerts import message
from ops.alerts.outbox import Cause, Kind, Level, Notice, stamp

NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
ZONE = "Asia/Ho_Chi_Minh"


def notice(
    cause: str, level: Level = "critical", kind: Kind = "alert", text: str = "bad"
) -> Notice:
    at = stamp(NOW)
    return Notice(1, at, cause, kind, level, text, "open", at, 0, "")


def test_one_alert() -> None:
    found = message.of([notice("disk", text="disk: 1 GB is free")], "shop on a", ZONE)
    assert found.title == "[shop on a] CRITICAL: disk"
    assert found.body.splitlines()[0] == (
        "2026-03-02 02:00 CRITICAL disk: disk: 1 GB is free"
    )
    assert found.level == "critical"


def test_a_recovery_is_no_alarm_whatever_its_level() -> None:
    found = message.of([notice("disk", kind="recovery")], "shop", ZONE)
    assert (found.title, found.level) == ("[shop] RECOVERED: disk", "info")


def test_several_are_named_by_their_worst_and_their_causes() -> None:
    several = [
        notice("a", "warning"),
        notice("b", kind="recovery"),
        notice("c", "critical"),
        notice("d", "info", "news"),
    ]
    found = message.of(several, "shop", ZONE)
    assert found.title == "[shop] CRITICAL: a, b, c and 1 more"
    assert found.level == "critical"
    assert len(found.body.splitlines()) == 4 + 2


def test_a_long_message_says_how_much_is_left_out() -> None:
    many = [notice("disk", text="x" * 500) for _ in range(20)]
    lines = message.of(many, "shop", ZONE).body.splitlines()
    assert lines[-3] == f"... and {20 - (len(lines) - 3)} more"
    assert message.fitting(["x" * 5000, "y"]) == ["x" * 5000, "... and 1 more"]


def test_a_digest_says_that_all_is_well() -> None:
    text = message.digest([], [], ZONE, timedelta(hours=24))
    assert text == "nothing is ill now\n0 notices in the last 24 h"


def test_a_digest_names_what_is_ill() -> None:
    cause = Cause("disk", "warning", "3 GB", stamp(NOW), stamp(NOW), 5)
    text = message.digest([cause], [notice("disk")], ZONE, timedelta(hours=24))
    assert text.splitlines() == [
        "1 ill now",
        "  warning disk since 2026-03-02 02:00: 3 GB",
        "1 notices in the last 24 h",
        "  2026-03-02 02:00 CRITICAL disk: bad",
    ]
