"""Moments and lengths of time for people: in the runner's zone, and how long ago."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE_S = 60


@dataclass(frozen=True)
class Clock:
    """Now, and the zone that times are shown in."""

    now: datetime  # aware
    zone: ZoneInfo

    def at(self, moment: datetime) -> str:
        """As the zone's clock shows it."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def short(self, moment: datetime) -> str:
        """The same without the day if it is today."""
        local = moment.astimezone(self.zone)
        if local.date() == self.now.astimezone(self.zone).date():
            return f"{local:%H:%M}"
        return f"{local:%Y-%m-%d %H:%M}"

    def iso(self, moment: datetime) -> str:
        """For programs: ISO 8601 with the zone's offset."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def ago(self, moment: datetime) -> str:
        """How long ago, or how long until then."""
        return length(abs(self.now - moment))


def length(span: timedelta) -> str:
    """A length of time in the units that tell: 40 s, 5 min, 3 h 20 min, 12 days."""
    seconds = int(span.total_seconds())
    if seconds < MINUTE_S:
        return f"{seconds} s"
    minutes = seconds // MINUTE_S
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} days"


def parsed(text: str) -> datetime:
    """A moment of the runner's rows; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
