"""What goes on, for people and for programs; reads only, and works when nothing has ever run."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ops import lock
from ops.scheduler import run_history
from ops.scheduler.jobs import JOBS
from ops.scheduler.run_history import Run
from ops.scheduler.schedule import Params, next_slot
from ops.terminal import aligned, took


def collect(params: Params, state: Path, now: datetime) -> dict[str, Any]:
    """The state of things as JSON has it. Times are ISO 8601: next runs in the runner's zone,
    others UTC.
    """
    loop = lock.holder(state / "runner.lock")
    last = run_history.last_runs(state)
    return {
        "runner": {"alive": loop is not None}
        | {key: (loop or {}).get(key) for key in ("pid", "since")},
        "zone": params.zone,
        "jobs": [_job(job, params, last.get(job), now) for job in JOBS],
        "production": _production(run_history.database(state)),
        "open_runs": [_run(run, now) for run in run_history.open_runs(state)],
    }


def _job(job: str, params: Params, last: Run | None, now: datetime) -> dict[str, Any]:
    rule = params.jobs.get(job)  # type: ignore[call-overload]
    due = next_slot(rule, params.zone, now).astimezone(ZoneInfo(params.zone)) if rule else None
    return {
        "job": job,
        "next": due.isoformat(timespec="seconds") if due else None,
        "last": _run(last, now) if last else None,
    }


def _run(run: Run, now: datetime) -> dict[str, Any]:
    """A run without what only the machinery needs; `took_s` counts up while it runs."""
    end = datetime.fromisoformat(run.ended_at) if run.ended_at else now
    took = (end - datetime.fromisoformat(run.started_at)).total_seconds()
    keys = ("id", "job", "slot", "status", "exit_code", "started_at", "ended_at", "pid", "log")
    return {key: value for key, value in asdict(run).items() if key in keys} | {
        "took_s": round(took, 1)
    }


def _production(db: Path) -> dict[str, Any] | None:
    from ops.deploy import deployment_log

    now = deployment_log.current(db)
    return (
        None
        if now is None
        else {
            "model_id": now.model_id,
            "version": now.version,
            "status": now.status,
            "at": run_history.stamp(now.at),
        }
    )


def table(status: dict[str, Any]) -> str:
    """The same for people: aligned columns, times in the runner's zone."""
    zone = ZoneInfo(status["zone"])
    return "\n".join(
        [
            *_headline(status, zone),
            "",
            *aligned(
                [
                    ("JOB", "LAST RUN", "STATUS", "EXIT", "TOOK", "NEXT RUN", "LOG"),
                    *(_row(job, zone) for job in status["jobs"]),
                ]
            ),
            *_open(status["open_runs"], zone),
        ]
    )


def _headline(status: dict[str, Any], zone: ZoneInfo) -> list[str]:
    loop, model = status["runner"], status["production"]
    alive = (
        f"up since {_local(loop['since'], zone)}, process {loop['pid']}"
        if loop["alive"]
        else ("not running (start it with: python runner.py start)")
    )
    serving = (
        "no model yet"
        if not model
        else (
            f"{model['model_id']} (version {model['version']}), {model['status']} {_local(model['at'], zone)}"
        )
    )
    return aligned([("runner", alive), ("production", serving), ("times", status["zone"])])


def _row(job: dict[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    last = job["last"]
    due = _local(job["next"], zone) if job["next"] else "by hand"
    if not last:
        return (job["job"], "never", "-", "-", "-", due, "-")
    code = "-" if last["exit_code"] is None else str(last["exit_code"])
    return (
        job["job"],
        _local(last["started_at"], zone),
        last["status"],
        code,
        took(last["took_s"]),
        due,
        last["log"],
    )


def _open(runs: list[dict[str, Any]], zone: ZoneInfo) -> list[str]:
    if not runs:
        return []
    rows = (
        (run["job"], _local(run["started_at"], zone), took(run["took_s"]), str(run["pid"] or "-"))
        for run in runs
    )
    return ["", *aligned([("RUNNING NOW", "SINCE", "FOR", "PROCESS"), *rows])]


def _local(moment: str | None, zone: ZoneInfo) -> str:
    """A time as the zone's clock shows it; a dash if there is none."""
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M}" if moment else "-"
