"""The times that the loop keeps, for all who ask while it is up.

writes  state/schedule.json     zone, export_to, jobs (each with enabled, every, at, grace_s,
                                time_limit_s, retries), loaded_at (ISO 8601 UTC), refused: null, or
                                why the params.yaml that is there now was not taken
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.scheduler.run_history import stamp
from ops.scheduler.slots import Rule, Times
from recsys.files.atomic import parse_json, write_json


@dataclass(frozen=True)
class Kept:
    """What schedule.json says."""

    times: Times
    loaded_at: datetime
    refused: str | None


def file_of(state: Path) -> Path:
    """Where the times are."""
    return state / "schedule.json"


def write(state: Path, kept: Kept) -> None:
    """Write the times, whole or not at all."""
    document = asdict(kept.times) | {
        "loaded_at": stamp(kept.loaded_at),
        "refused": kept.refused,
    }
    write_json(file_of(state), document)


def read(state: Path) -> Kept | None:
    """The times that the loop keeps, or kept last; None if there are none that can be read."""
    try:
        found = parse_json(file_of(state).read_bytes())
        loaded_at, refused = found.pop("loaded_at"), found.pop("refused")
        return Kept(times_of(found), datetime.fromisoformat(loaded_at), refused)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def times_of(found: Any) -> Times:
    """Times from their JSON. TypeError, KeyError or AttributeError if it is of another form."""
    rules = {str(job): Rule(**rule) for job, rule in found["jobs"].items()}
    return Times(**(found | {"jobs": rules}))
