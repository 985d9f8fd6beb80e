"""What a job's last run has made of the project, where a file tells it.

reads   metrics/merge.json, metrics/drift.json, state/runner.db (deployments)
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ops.deploy import deployment_log, production
from ops.deploy.production import Deployment
from ops.explain import refused_rows
from ops.explain.moments import parsed
from ops.scheduler.run_history import Run
from ops.terminal import printable
from recsys.drift import words
from recsys.files.atomic import read_json
from recsys.program.errors import UserError

DRIFT = "metrics/drift.json"
MERGING = ("refresh", "train", "embed", "drift")
DONE = {"promote": "promoted", "rollback": "rolled back to"}
CLOCKS = timedelta(seconds=2)  # a file's time and a row's are of two clocks


def by(run: Run, root: Path, state: Path) -> str:
    """In some words; "" if nothing tells of it. StoreError if the rows cannot be read."""
    said = []
    if run.job in MERGING:
        said.append(_refused(run, root))
    if run.job == "drift":
        said.append(_drift(run, root))
    if run.job in ("deploy", "rollback"):
        said.append(_deployed(run, state))
    return ", ".join(filter(None, said))


def _is_of(run: Run, at: datetime) -> bool:
    """Whether something happened while it ran."""
    end = parsed(run.ended_at) if run.ended_at else at
    return parsed(run.started_at) - CLOCKS <= at <= end + CLOCKS


def _refused(run: Run, root: Path) -> str:
    found = refused_rows.look(root)
    if found is None or not found.rows or not _is_of(run, found.at):
        return ""
    new = found.new_since(parsed(run.started_at) - CLOCKS)
    return f"refused: {new}" if new else ""


def _drift(run: Run, root: Path) -> str:
    path = root / DRIFT
    try:
        report: dict[str, Any] = read_json(path)
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        said = words.in_short(report)
    except (UserError, OSError, KeyError, TypeError, AttributeError):
        return ""
    return printable(said) if _is_of(run, at) else ""


def _deployed(run: Run, state: Path) -> str:
    rows = deployment_log.rows(state / deployment_log.DATABASE)
    of_it = [one for one in production.deployments(rows) if _is_of(run, one.at)]
    if not of_it and run.status == "ok" and run.job == "deploy":
        return "nothing new in Staging"
    return ", ".join(map(_in_words, of_it))


def _in_words(one: Deployment) -> str:
    ended = "" if one.status in ("promoted", "verified") else f" ({one.status})"
    return f"{DONE.get(one.action, one.action)} {one.model_id}{ended}"
