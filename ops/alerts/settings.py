"""What is delivered, when, and how long it is tried: section `alerts` of params.yaml.

The last good settings are kept in state/alerts.db: that params.yaml is bad must be told too.
"""

import re
import sqlite3
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import PositiveFloat, PositiveInt, ValidationError, field_validator

from ops.alerts import outbox
from recsys.program import params as parameters
from recsys.program.errors import ConfigError, StoreError
from recsys.program.params import Section, TimeZone

KEPT = "settings"  # the name that they are kept under
OFF = "off"
DAY = timedelta(days=1)


class Params(Section):
    """Section `alerts` of params.yaml."""

    min_level: outbox.Level  # what leaves at once
    digest: str  # off, or HH:MM of the runner's zone
    timeout_s: PositiveFloat  # for all receivers together
    first_wait_s: (
        PositiveFloat  # after a delivery that failed; twice as long after each other
    )
    longest_wait_s: PositiveFloat
    give_up_hours: PositiveFloat
    keep_days: PositiveInt

    @field_validator("digest")
    @classmethod
    def _check_the_time(cls, value: str) -> str:
        if value != OFF and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.A):
            raise ValueError('"off" or a time "HH:MM" is needed')
        return value

    def wait(self, tries: int) -> timedelta:
        """How long to wait after so many tries that failed."""
        seconds = self.first_wait_s * 2.0 ** min(tries - 1, 30)
        return timedelta(seconds=min(seconds, self.longest_wait_s))


class Settings(Section):
    """The section, and the zone that its times are in."""

    alerts: Params
    zone: TimeZone

    def next_digest(self, now: datetime) -> datetime | None:
        """The first moment after `now` when a digest is due; None if none is wanted."""
        if self.alerts.digest == OFF:
            return None
        at, zone = time.fromisoformat(self.alerts.digest), ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        days = (today + back * DAY for back in range(3))
        moments = (datetime.combine(day, at, tzinfo=zone) for day in days)
        return next(moment for moment in moments if moment > now)


# until params.yaml was good for the first time: that it is bad is to be told
FIRST = Settings(
    alerts=Params(
        min_level="info",
        digest=OFF,
        timeout_s=30.0,
        first_wait_s=60.0,
        longest_wait_s=3600.0,
        give_up_hours=72.0,
        keep_days=90,
    ),
    zone="UTC",
)


def load(params: Path, state: Path) -> Settings:
    """Of params.yaml; if it is bad the last good ones, or FIRST if there never were any."""
    try:
        tree = parameters.read(params)
        section = parameters.checked(Params, "alerts", tree, params)
        zone = parameters.checked(_Zone, "zone", _zone(tree), params).zone
    except ConfigError:
        return last_good(state) or FIRST
    return Settings(alerts=section, zone=zone)


class _Zone(Section):
    zone: TimeZone


def _zone(tree: parameters.Tree) -> parameters.Tree:
    runner = tree.get("runner")
    return {"zone": {"zone": runner.get("zone") if isinstance(runner, dict) else None}}


def last_good(state: Path) -> Settings | None:
    """The settings that were kept last; None if there are none that can be read."""
    with suppress(ValidationError, StoreError):
        return Settings.model_validate_json(outbox.remembered(state, KEPT) or "")
    return None


def plan(params: Path, state: Path, now: datetime) -> None:
    """See that the next digest is planned, also where nothing was ever said. Never raises."""
    found = load(params, state)
    if found.next_digest(now) is None and not outbox.database(state).exists():
        return
    with suppress(StoreError), outbox.writing(state) as connection:
        keep(connection, found, now)


def keep(connection: sqlite3.Connection, settings: Settings, now: datetime) -> None:
    """Keep them, and when the next digest is due, unless one is due earlier."""
    put(connection, KEPT, settings.model_dump_json())
    due = settings.next_digest(now)
    if due is None:
        connection.execute("DELETE FROM settings WHERE name = ?", (outbox.DIGEST_AT,))
        return
    earlier = "SELECT value FROM settings WHERE name = ? AND value <= ?"
    values = outbox.DIGEST_AT, outbox.stamp(due)
    if connection.execute(earlier, values).fetchone() is None:
        put(connection, *values)


def put(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Write one setting."""
    connection.execute(outbox.KEEP_SETTING, (name, value))
