"""Notices as a message for people: a title, a line each, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ops.alerts.outbox import LEVELS, Cause, Kind, Level, Notice

HEADS: dict[Kind, str] = {
    "alert": "",
    "recovery": "RECOVERED",
    "news": "",
    "digest": "DIGEST",
    "test": "TEST",
}
ROOM = 3000  # characters of a message: some receivers refuse more
END = "More: `python runner.py alerts`; what to do: docs/operations.md, Alerts"


@dataclass(frozen=True)
class Message:
    """What one receiver gets at once."""

    title: str
    body: str
    level: Level


def of(notices: Sequence[Notice], place: str, zone: str) -> Message:
    """One message of one or more notices, the oldest first. `place` names shop and machine."""
    worst = max((_weight(notice) for notice in notices), key=LEVELS.index)
    lines = fitting([line(notice, zone) for notice in notices])
    return Message(
        title=f"[{place}] {_about(notices)}",
        body="\n".join([*lines, "", END]),
        level=worst,
    )


def _weight(notice: Notice) -> Level:
    """How grave it is now: what has recovered is not."""
    return "info" if notice.kind == "recovery" else notice.level


def _about(notices: Sequence[Notice]) -> str:
    causes = list(dict.fromkeys(notice.cause for notice in notices))
    shown = ", ".join(causes[:3])
    more = f" and {len(causes) - 3} more" if len(causes) > 3 else ""
    return f"{_head(max(notices, key=lambda one: LEVELS.index(_weight(one))))}: {shown}{more}"


def _head(notice: Notice) -> str:
    return HEADS[notice.kind] or notice.level.upper()


def line(notice: Notice, zone: str) -> str:
    """When, how grave, what."""
    at = local(notice.at, zone)
    return f"{at} {_head(notice)} {notice.cause}: {notice.text}"


def local(stamp: str, zone: str) -> str:
    """A moment as the zone's clock shows it."""
    moment = datetime.fromisoformat(stamp).astimezone(ZoneInfo(zone))
    return f"{moment:%Y-%m-%d %H:%M}"


def digest(
    causes: Sequence[Cause], notices: Sequence[Notice], zone: str, since: timedelta
) -> str:
    """What is ill now, and what was said since the last digest."""
    hours = f"{since / timedelta(hours=1):.0f} h"
    ill = [
        f"  {cause.level} {cause.cause} since {local(cause.since, zone)}: {cause.text}"
        for cause in causes
    ]
    said = [f"  {line(notice, zone)}" for notice in notices]
    return "\n".join(
        [
            f"{len(causes)} ill now" if causes else "nothing is ill now",
            *fitting(ill, ROOM // 2),
            f"{len(notices)} notices in the last {hours}",
            *fitting(said, ROOM // 2),
        ]
    )


def fitting(lines: Sequence[str], room: int = ROOM) -> list[str]:
    """The first lines that fit into so many characters, one at least, and how many do not."""
    kept: list[str] = []
    for text in lines:
        room -= len(text)
        if kept and room < 0:
            break
        kept.append(text)
    more = len(lines) - len(kept)
    return [*kept, *([f"... and {more} more"] if more else [])]
