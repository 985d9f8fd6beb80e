"""The clock and the zone: slots and the age of the data go by them.

reads   params.yaml (runner.zone), data/processed/data_stats.json, state/runner.db
"""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ops.doctor.finding import Finding, bad, ok
from ops.explain.moments import Clock, parsed
from ops.scheduler import run_history
from recsys.program import params as parameters
from recsys.program.errors import ConfigError

CONFIG = ConfigError.exit_code
STATS = "data/processed/data_stats.json"
SET = (
    "set it (`timedatectl set-ntp true`); until then slots are late and ages are wrong"
)


def clock(params: Path, state: Path, now: datetime) -> Finding:
    """Whether it is after all that has happened. ConfigError if the zone is none."""
    here = Clock(now, zone_of(params))
    seen = f"{here.at(now)} in {here.zone.key}"
    late = [(what, at) for what, at in happened(params.parent, state) if at > now]
    if not late:
        return ok("clock", seen)
    what, at = max(late, key=lambda each: each[1])
    return bad("clock", f"{seen}, but {what} is of {here.at(at)}", SET, CONFIG)


def zone_of(params: Path) -> ZoneInfo:
    """The runner's zone, however wrong the rest may be. ConfigError if there is none."""
    section = parameters.read(params).get("runner")
    name = section.get("zone") if isinstance(section, dict) else None
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ConfigError(
            f"{params}: runner.zone: {name!r} is no time zone; write e.g. Asia/Ho_Chi_Minh"
        ) from None


def happened(root: Path, state: Path) -> list[tuple[str, datetime]]:
    """What lies in the past, as far as it is known: the newest event, the last run."""
    found = []
    with suppress(OSError, ValueError, KeyError, TypeError):
        stats = json.loads((root / STATS).read_text(encoding="utf-8"))
        found.append(("the newest event of the data", parsed(stats["newest_event"])))
    runs = run_history.runs(state)
    ends = [parsed(run.ended_at or run.started_at) for run in runs]
    if ends:
        found.append(("the last run", max(ends)))
    return found
