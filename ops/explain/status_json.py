"""The status for programs: JSON. Times are ISO 8601: next runs in the runner's zone, others UTC."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ops.explain.live import Live, Waiting
from ops.explain.looks import Status
from ops.explain.moments import parsed
from ops.scheduler import run_history
from ops.scheduler.jobs import JOBS
from ops.scheduler.run_history import Run

RUN_KEYS = (
    "id",
    "job",
    "slot",
    "attempt",
    "status",
    "kind",
    "reason",
    "exit_code",
    "started_at",
    "ended_at",
    "pid",
    "log",
)


def as_json(status: Status) -> dict[str, Any]:
    """The status as it is printed with --json."""
    times = status.times
    return {
        "runner": asdict(status.runner),
        "zone": times.zone.key,
        "times": {"source": times.source, "note": times.note},
        "jobs": [_job(job, status) for job in JOBS],
        "production": _production(status.live),
        "elsewhere": status.elsewhere or None,  # promoted by another machine since
        "staging": _staging(status.waiting),
        "trouble": status.trouble,
        "registry": status.unread,  # why it cannot be read; null: it was
        "ill": [asdict(cause) for cause in status.ill],
        "drops": status.drops.as_json(),
        "sample": status.refused.of_sample if status.refused else None,
        "blocked": status.blocked,
        "quarantine": status.refused.as_json() if status.refused else None,
        "health": status.health.as_json(),
        "disk": status.disk.as_json(),
        "open_runs": [
            _run(each.run, status.clock.now)
            for found in status.jobs.values()
            for each in found
            if each.run and each.status == "running"
        ],
    }


def _job(job: str, status: Status) -> dict[str, Any]:
    found, now = status.jobs.get(job, []), status.clock.now
    due, waits = status.times.next(job, now), status.due.get(job)
    runs = [each.run for each in found if each.run]
    missed = [each for each in found if each.run is None]
    return {
        "job": job,
        "enabled": status.times.is_enabled(job),
        "when": status.times.when(job),
        "next": status.clock.iso(due) if due else None,
        "waits": run_history.stamp(waits) if waits else None,
        "words": status.last_words[job],
        "last": _run(runs[0], now) if runs else None,
        "last_missed": missed[0].as_json() if missed else None,
    }


def _run(run: Run, now: datetime) -> dict[str, Any]:
    """A run without what only the runner needs; `took_s` counts up while it runs."""
    end = parsed(run.ended_at) if run.ended_at else now
    seconds = (end - parsed(run.started_at)).total_seconds()
    shown = {key: value for key, value in asdict(run).items() if key in RUN_KEYS}
    return shown | {"took_s": round(seconds, 1)}


def _production(found: Live | None) -> dict[str, Any] | None:
    if found is None:
        return None
    top, approval = found.deployment, found.approval
    return {
        "model_id": top.model_id,
        "version": top.version,
        "status": top.status,
        "at": run_history.stamp(top.at),
        "since": run_history.stamp(found.since),
        "action": top.action,
        "who": top.who,
        "from_model_id": top.former_model_id,
        "verdict": top.verdict,
        "verified": top.detail,
        "approved": approval and {"by": approval.by, "reason": approval.reason},
    }


def _staging(found: Waiting | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "model_id": found.version.model_id,
        "version": found.version.number,
        "registered_at": run_history.stamp(found.version.created_at),
        "decision": found.kept and found.kept.decision,
        "verdict": found.verdict,
        "reasons": list(found.kept.reasons) if found.kept else [],
    }
