"""Moments and lengths of time for people: in the runner's zone, and how long ago."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


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
    """A length of time in one unit: 40 s, 5 min, 3 h, 12 days."""
    seconds = span.total_seconds()
    for unit, size in (("day", 86400), ("h", 3600), ("min", 60)):
        count = int(seconds // size)
        if count:
            plural = "s" if unit == "day" and count > 1 else ""
            return f"{count} {unit}{plural}"
    return f"{int(seconds)} s"


def parsed(text: str) -> datetime:
    """A moment of the runner's rows; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
