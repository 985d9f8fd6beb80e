"""The runner, its jobs and what is in production, for people and for programs.

reads   state/runner.lock, state/runner.db; works when nothing has ever run
writes  nothing
"""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ops import lock
from ops.deploy import deployment_log, production
from ops.scheduler import run_history
from ops.scheduler.jobs import JOBS
from ops.scheduler.run_history import Run
from ops.scheduler.schedule import Params
from ops.scheduler.slots import next_slot
from ops.terminal import aligned, took

RUN_KEYS = (
    "id",
    "job",
    "slot",
    "status",
    "exit_code",
    "started_at",
    "ended_at",
    "pid",
    "log",
)


def collect(params: Params, state: Path, now: datetime) -> dict[str, Any]:
    """The status as JSON has it. Times are ISO 8601: next runs in the runner's zone, others UTC."""
    loop = lock.holder(state / "runner.lock")
    facts = loop or {}
    last = run_history.last_runs(state)
    return {
        "runner": {
            "alive": loop is not None,
            "pid": facts.get("pid"),
            "since": facts.get("since"),
        },
        "zone": params.zone,
        "jobs": [_job(job, params, last.get(job), now) for job in JOBS],
        "production": _production(state / deployment_log.DATABASE),
        "open_runs": [_run(run, now) for run in run_history.open_runs(state)],
    }


def _job(job: str, params: Params, last: Run | None, now: datetime) -> dict[str, Any]:
    rule = params.times.jobs.get(job)  # a job by hand has none
    due = (
        next_slot(rule, params.zone, now).astimezone(ZoneInfo(params.zone))
        if rule and rule.enabled
        else None
    )
    return {
        "job": job,
        "next": due.isoformat(timespec="seconds") if due else None,
        "last": _run(last, now) if last else None,
    }


def _run(run: Run, now: datetime) -> dict[str, Any]:
    """A run without what only the runner needs; `took_s` counts up while it runs."""
    end = datetime.fromisoformat(run.ended_at) if run.ended_at else now
    seconds = (end - datetime.fromisoformat(run.started_at)).total_seconds()
    shown = {key: value for key, value in asdict(run).items() if key in RUN_KEYS}
    return shown | {"took_s": round(seconds, 1)}


def _production(db: Path) -> dict[str, Any] | None:
    top = production.in_production(deployment_log.rows(db))
    if top is None:
        return None
    return {
        "model_id": top.model_id,
        "version": top.version,
        "status": top.status,
        "at": run_history.stamp(top.at),
    }


# ---- for people ----
def table(status: dict[str, Any]) -> str:
    """The status as aligned columns, times in the runner's zone."""
    zone = ZoneInfo(status["zone"])
    head = ("JOB", "LAST RUN", "STATUS", "EXIT", "TOOK", "NEXT RUN", "LOG")
    jobs = aligned([head, *(_job_row(job, zone) for job in status["jobs"])])
    lines = [
        *_headline(status, zone),
        "",
        *jobs,
        *_open_runs(status["open_runs"], zone),
    ]
    return "\n".join(lines)


def _headline(status: dict[str, Any], zone: ZoneInfo) -> list[str]:
    loop, model = status["runner"], status["production"]
    alive = "not running (start it with: python runner.py start)"
    if loop["alive"]:
        alive = f"up since {_local(loop['since'], zone)}, process {loop['pid']}"
    serving = "no model yet"
    if model:
        version = f"{model['model_id']} (version {model['version']})"
        serving = f"{version}, {model['status']} {_local(model['at'], zone)}"
    return aligned(
        [("runner", alive), ("production", serving), ("times", status["zone"])]
    )


def _job_row(job: dict[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    last = job["last"]
    due = _local(job["next"], zone) if job["next"] else "by hand"
    if not last:
        return (job["job"], "never", "-", "-", "-", due, "-")
    code = "-" if last["exit_code"] is None else str(last["exit_code"])
    begun = _local(last["started_at"], zone)
    return (
        job["job"],
        begun,
        last["status"],
        code,
        took(last["took_s"]),
        due,
        last["log"],
    )


def _open_runs(runs: list[dict[str, Any]], zone: ZoneInfo) -> list[str]:
    if not runs:
        return []
    rows = [
        (
            run["job"],
            _local(run["started_at"], zone),
            took(run["took_s"]),
            str(run["pid"] or "-"),
        )
        for run in runs
    ]
    return ["", *aligned([("RUNNING NOW", "SINCE", "FOR", "PROCESS"), *rows])]


def _local(moment: str | None, zone: ZoneInfo) -> str:
    """A time as the zone's clock shows it; a dash if there is none."""
    if not moment:
        return "-"
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M}"
