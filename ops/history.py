"""`python runner.py history`: who deployed what, when, in place of what, and how it was verified.

reads   state/runner.db (deployments), params.yaml (runner.zone)
writes  nothing
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Row
from ops.scheduler.schedule import Params
from ops.terminal import aligned
from recsys.program import params as parameters
from recsys.program.command_line import PARAMS_FILE, enter

SHOWN = 100  # deployments
HEAD = ("WHEN", "WHO", "WHAT", "MODEL", "FROM", "OUTCOME")
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Last = Annotated[int, typer.Option("--last", min=1, help="So many, newest last.")]


@dataclass(frozen=True)
class Entry:
    """An intent, a later confirmation, or that a model may be deployed again."""

    begun: Row
    ended: Row  # the same row where there is no outcome, or none is needed

    def as_json(self) -> dict[str, Any]:
        """For programs; times are UTC."""
        begun, ended = self.begun, self.ended
        return {
            "at": begun.at.isoformat(),
            "ended_at": None if ended is begun else ended.at.isoformat(),
            "who": ended.who or begun.who,
            "action": begun.action,
            "model_id": begun.model_id,
            "version": begun.version,
            "from_model_id": begun.former_model_id,
            "from_version": begun.former_version,
            "verdict": begun.verdict,
            "status": ended.status,
            "verified": ended.detail,
        }


def entries(rows: Sequence[Row]) -> list[Entry]:
    """All that happened, oldest first. An intent stands with its first outcome; what a service said
    later is an entry of its own.
    """
    outcomes: dict[int, Row] = {}
    for row in rows:
        if row.intent is not None and row.action != "confirm":
            outcomes.setdefault(row.intent, row)
    begun = [row for row in rows if row.intent is None or row.action == "confirm"]
    return [Entry(row, outcomes.get(row.id, row)) for row in begun]


def table(found: Sequence[Entry], zone: str) -> str:
    """For people: a line each, below it the gate's verdict and how it was verified."""
    if not found:
        return "Nothing was deployed yet; deploy with `python runner.py promote`."
    lines = aligned([HEAD, *(_cells(entry, zone) for entry in found)])
    shown = [lines[0]]
    for entry, line in zip(found, lines[1:], strict=True):
        notes = filter(None, (entry.begun.verdict, entry.ended.detail))
        shown += [line, *(f"    {note}" for note in notes)]
    return "\n".join(shown)


def _cells(entry: Entry, zone: str) -> tuple[str, ...]:
    begun = entry.begun
    return (
        _time(begun.at, zone),
        entry.ended.who or "-",
        begun.action,
        begun.model_id,
        begun.former_model_id or "-",
        entry.ended.status,
    )


def _time(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def main(
    as_json: Json = False,
    last: Last = SHOWN,
    params: Path = Path(PARAMS_FILE),
    state: Path = Path("state"),
) -> None:
    """Show what was deployed, rolled back, confirmed and released."""
    rows = deployment_log.rows(state / deployment_log.DATABASE)
    found = entries(rows)[-last:]
    if as_json:
        print(json.dumps([entry.as_json() for entry in found], indent=2))
        return
    zone = parameters.load(Params, "runner", params).zone
    print(table(found, zone))


if __name__ == "__main__":
    enter(main, "runner.py history")
